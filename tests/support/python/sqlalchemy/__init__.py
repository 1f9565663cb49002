"""What the platform's runs use of SQLAlchemy: a listener to every connection that an engine makes."""


class Engine:
    pass


class Dialect:
    def __init__(self, name):
        self.name = name


class event:  # a module in the product
    listeners = []

    @staticmethod
    def listens_for(target, name):
        assert (target, name) == (Engine, "do_connect")
        return event.listeners.append


def connect(address):
    """What a client is given when somebody connects to the address."""
    parameters = {}
    for listener in event.listeners:
        # A value would be taken for the connection.
        assert listener(Dialect(address.split(":")[0]), None, [], parameters) is None
    return parameters
