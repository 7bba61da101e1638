"""A mail server on the loopback interface: postmaster.py PORT [CERTIFICATE KEY].

Says its port, then each letter that it took, as lines of JSON. `later@…` is refused for now, twice; `nobody@…` for
good. With a certificate it takes letters only after STARTTLS and the login of `clerk`. Ends with its standard input.
"""

import asyncio
import base64
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

# What clients do wrong here they do on purpose.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

tries = {}


class Postmaster:
    async def handle_RCPT(self, server, session, envelope, address, options):
        user = address.split("@")[0]
        tries[address] = tries.get(address, 0) + 1
        if user.startswith("later") and tries[address] <= 2:
            return f"451 4.2.1 <{address}>: mailbox {user} is busy"
        if user.startswith("nobody"):
            return f"550 5.1.1 <{address}>: no mailbox {user} here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        said = {
            "sender": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": letter["subject"],
            "id": letter["message-id"],
            "automatic": letter["auto-submitted"],
            "text": letter.get_body().get_content(),
            "files": [[part.get_filename(), part.get_content_type(), base64.b64encode(part.get_content()).decode()]
                      for part in letter.iter_attachments()],
            "protected": session.ssl is not None,
        }
        print(json.dumps(said), flush=True)
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"clerk", b"pass w\xc3\xb6rd")
    return AuthResult(success=good)


async def main():
    context = None
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])

    def session():
        protected = context is not None
        return SMTP(
            Postmaster(),
            hostname="localhost",
            tls_context=context,
            require_starttls=protected,
            auth_required=protected,
            authenticator=login if protected else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", int(sys.argv[1]))
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
