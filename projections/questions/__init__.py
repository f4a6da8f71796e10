"""Questions at two dates: each module reads the read models and the log, and makes an answer."""
