"""Requests over TLS or through a proxy, by `urllib`. Loaded only for these: it takes long."""
import http.client
import socket
import ssl
import urllib.error
import urllib.request


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would send the token to another host."""

    def redirect_request(self, *_):
        return None


def request(url, method, headers, content, timeout, is_local):
    """As `transport.request`, for a whole URL. Raises ValueError if the host or a proxy of the environment is invalid."""
    asked = urllib.request.Request(url, data=content, method=method, headers=headers)
    opener = urllib.request.build_opener(_NoRedirects, *([urllib.request.ProxyHandler({})] if is_local else []))
    try:
        return Response(opener.open(asked, timeout=timeout))
    except urllib.error.HTTPError as e:
        return Response(e)
    except (OSError, http.client.HTTPException) as e:
        raise plain(e) from e


class Response:
    """A response of `urllib`, with the errors of `transport.Response`."""

    def __init__(self, response):
        self._response = response
        self.status, self.reason = response.getcode(), response.reason
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._response.close()

    def read(self, limit=None):
        return self._call(self._response.read, limit)

    def readline(self, limit):
        return self._call(self._response.readline, limit)

    @staticmethod
    def _call(function, limit):
        try:
            return function(limit) if limit else function()
        except (OSError, http.client.HTTPException) as e:
            raise plain(e) from e


def plain(error):
    """The error as an OSError that says what happened."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, (socket.timeout, TimeoutError)):
        return socket.timeout()
    if isinstance(reason, ssl.SSLError):
        return OSError(0, f"TLS: {reason.reason or reason}")
    if isinstance(reason, http.client.RemoteDisconnected):
        return OSError(0, "it closed the connection without a response")
    return OSError(0, getattr(reason, "strerror", None) or type(reason).__name__)
