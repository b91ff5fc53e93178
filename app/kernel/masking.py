"""What of a person is shown when nobody asked for more: enough to tell two people at the counter apart. Pure."""

MASK = "*"


def mask_name(name: str) -> str:
    """The first character, the rest as stars: 张** ."""
    return name[:1] + MASK * (len(name) - 1) if len(name) > 1 else MASK


def mask_citizen_id(number: str) -> str:
    """The last four characters. The front would give away area and birth date."""
    return MASK * (len(number) - 4) + number[-4:]


def mask_phone(phone: str) -> str:
    """The first three and last four digits of a long number; only the last two of a short one."""
    if len(phone) < 10:
        return MASK * (len(phone) - 2) + phone[-2:]
    return phone[:3] + MASK * (len(phone) - 7) + phone[-4:]
