"""Who saw or changed which person, when and what for."""
