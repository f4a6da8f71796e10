"""Questions at two dates, and what answers them."""
