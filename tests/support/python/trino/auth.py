class BasicAuthentication:
    def __init__(self, user, password):
        self.both = (user, password)
