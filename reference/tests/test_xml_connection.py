"""Connections whose objects travel as XML-RPC data."""

import pytest
from background import Background

from reference import connection


def test_objects_go_both_ways_as_data():
    with connection.XmlListener() as listener:
        served = []
        with Background(lambda: served.append(listener.accept())):
            client = connection.XmlClient(listener.address)
        (server,) = served
        client.send({"numbers": [1, 2.5, True, None], "text": "\u00e4"})
        assert server.poll(60)
        assert {"numbers": [1, 2.5, True, None], "text": "\u00e4"} == server.recv()
        server.send([b"bytes"])
        assert [b"bytes"] == [item.data if hasattr(item, "data") else item for item in client.recv()]
        with pytest.raises(TypeError, match="marshal"):
            client.send(object)
        client.close()
        with pytest.raises(EOFError):
            server.recv()
        server.close()
