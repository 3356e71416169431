"""XmlListener and XmlClient, for managers with the serializer "xmlrpclib": values go as XML-RPC, never as pickles."""

import xmlrpc.client

from conformance.requirement import requirement
from conformance.specs.aids import Call, Refusal

KEY = b"the secret that both sides know"
VALUES = [None, True, 5, -2.5, "text", "\N{SNOWMAN} <&>", [1, [2]], {"key": ["value", None]}]


def connect(mp, listener):
    """The listener's and the client's end of a new connection."""
    calling = Call(mp.module("connection").XmlClient, listener.address, authkey=KEY)
    served = Call(listener.accept).result()
    return served, calling.result()


@requirement("listener.xml", needs=("managers",))
def test_xml_connections_carry_plain_values(mp):
    """Values of XML-RPC's types, None among them, arrive both ways as they were sent."""
    with mp.module("connection").XmlListener(authkey=KEY) as listener:
        served, client = connect(mp, listener)
        for value in VALUES:
            client.send(value)
            assert value == Call(served.recv).result(), "what the listener's side received"
            served.send(value)
            assert value == Call(client.recv).result(), "what the client received"


@requirement("listener.xml", needs=("managers",))
def test_xml_connections_carry_no_pickles(mp):
    """What is sent is one XML-RPC document, and an object of another kind cannot be sent or be smuggled in."""
    with mp.module("connection").XmlListener(authkey=KEY) as listener:
        served, client = connect(mp, listener)
        client.send([1, "two"])
        assert (([1, "two"],), None) == xmlrpc.client.loads(Call(served.recv_bytes).result()), "the document"
        with mp.raises(TypeError):
            client.send(Refusal)
        client.send_bytes(bytes(mp.module("reduction").ForkingPickler.dumps("a pickle")))
        with mp.raises(Exception):
            Call(served.recv).result()


@requirement("listener.xml", needs=("managers",))
def test_xml_connections_can_be_polled_and_closed(mp):
    """fileno, poll and close are those of a connection."""
    wait = mp.module("connection").wait
    with mp.module("connection").XmlListener(authkey=KEY) as listener:
        served, client = connect(mp, listener)
        assert False is served.poll(), "poll() with nothing sent"
        client.send("value")
        assert True is Call(served.poll, None).result(), "poll() with a value waiting"
        assert [served] == Call(wait, [served]).result(), "wait() with a value waiting"
        assert "value" == Call(served.recv).result(), "what was received"
        client.close()
        with mp.raises(EOFError):
            Call(served.recv).result()
