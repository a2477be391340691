"""Who may do what: tokens, scopes, browser sessions, checks of Host and Origin, stored secrets."""
