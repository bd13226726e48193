from locust import HttpUser, task, between


class Shopper(HttpUser):
    wait_time = between(0.05, 0.1)

    @task(4)
    def home(self):
        self.client.get("/")

    @task(2)
    def slow(self):
        self.client.get("/slow")

    @task(2)
    def checkout(self):
        self.client.post("/checkout", data={"a": 1}, name='/checkout "eu", v2')

    @task(1)
    def again(self):
        self.client.post("/")

    @task(1)
    def boom(self):
        raise ValueError("task bug\nsecond line, with comma")
