"""An S3-compatible object store on the loopback interface: bucket.py [CERTIFICATE KEY].

Says its port and the keys of the one who may use the bucket `register`, as a line of JSON; every request must be signed by
them. A line `damage NAME` on its standard input changes what is kept under that name, `names` says all names; each is
answered with a line of JSON. Ends with its standard input. What is kept is in memory.
"""

import json
import os
import sys
import threading
import warnings

warnings.simplefilter("ignore")
for name, value in {
    "AWS_ACCESS_KEY_ID": "unsigned",
    "AWS_SECRET_ACCESS_KEY": "unsigned",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}.items():
    os.environ[name] = value

import boto3
import botocore.config
import moto.settings
from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *arguments):
        pass


def store():
    return get_backend("s3")["123456789012"]["aws"]


def main():
    certificate = tuple(sys.argv[1:3]) or None
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet, ssl_context=certificate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # The one who may use it is made over a door without TLS and without signatures; then that is closed.
    door = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{door.port}"
    config = botocore.config.Config(proxies={}, s3={"addressing_style": "path"})
    boto3.client("s3", endpoint_url=place, config=config).create_bucket(Bucket="register")
    people = boto3.client("iam", endpoint_url=place, config=config)
    people.create_user(UserName="register")
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    people.put_user_policy(UserName="register", PolicyName="register", PolicyDocument=policy)
    key = people.create_access_key(UserName="register")["AccessKey"]
    moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    door.shutdown()
    print(json.dumps({"port": server.port, "id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}), flush=True)
    for line in sys.stdin:
        command, _, name = line.strip().partition(" ")
        kept = store().buckets["register"].keys
        if command == "damage":
            kept[name].value = b"something else"
        print(json.dumps(sorted(kept)), flush=True)


main()
