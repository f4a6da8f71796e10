"""The only SQL of the API: tokens, sessions of browsers, and subscriptions of webhooks."""
