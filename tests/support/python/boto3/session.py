class Config:
    def __init__(self, s3):
        self.s3 = s3
