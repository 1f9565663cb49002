class RunIdentifier:
    def __init__(self, run_name, run_time):
        self.run_name, self.run_time = run_name, run_time
