"""What a hostile or broken child could send: structured inputs by seed, so that every find can be sent again."""
