"""The read models of the log and the answers made from them. They are disposable: a rebuild makes
them from the log."""
