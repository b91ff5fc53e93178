"""Who suits what, and why: integer points, hard conditions, an order and an explanation for every pair."""
