"""The log as others follow it: events on the wire, feeds for readers and calendars, webhooks."""
