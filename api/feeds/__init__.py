"""Ways to follow the log: server-sent events, CloudEvents, an Atom feed, a calendar, webhooks and a
relay to a broker."""
