"""Why a carrier does not go on, where the parent was reached and did not refuse."""


class OtherProtocol(Exception):
    """The parent speaks another version of the protocol: one of the two has to be upgraded."""


class Copied(Exception):
    """The parent keeps fencing this process: a copy of this node is at work elsewhere. A person has to end one."""


class NotConfirmed(Exception):
    """The parent does not know yet whether its own history is whole: a recovery waits for it."""


class TooOld(Exception):
    """This node was put back to a state so old that its parent may have forgotten ends which it does not know."""
