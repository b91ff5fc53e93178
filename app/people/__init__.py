"""Job seekers and their registrations. Personal data stays here: nothing in this slice is ever published."""
