"""The only SQL of the API: tokens, sessions of browsers, subscriptions of webhooks."""
