package io.heddle.http.security;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The page's sign-in: the token in a cookie, as {@code EventSource} can't send a header. */
final class SessionCookie {

    /** Longer cookies are dropped by browsers (RFC 6265: 4096 bytes, attributes included), without a word. */
    static final int LONGEST_TOKEN = 3_900;

    /** RFC 6265, cookie-octet. Whoever checks a token skips what is no base64 in it; whoever writes the cookie does not. */
    private static final Pattern VALUE = Pattern.compile("[!-~&&[^\",;\\\\]]{1," + LONGEST_TOKEN + "}");

    /** How long a page stays signed in, unless its token ends before. */
    static final Duration LONGEST = Duration.ofMinutes(15);

    private static final String FETCH_SITE = "Sec-Fetch-Site";
    private static final String ORIGIN = "Origin";
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private SessionCookie() {}

    /** The token that a page was signed in with; null when there is none. */
    static @Nullable String token(HttpServerRequest request) {
        Cookie cookie = request.getCookie(name(request));
        return cookie == null || cookie.getValue().isEmpty() ? null : cookie.getValue();
    }

    /** Whether a browser can keep it. */
    static boolean isCookie(String token) {
        return VALUE.matcher(token).matches();
    }

    static void set(HttpServerRequest request, String token, Duration life) {
        send(request, token, life.toSeconds());
    }

    static void remove(HttpServerRequest request) {
        send(request, "", 0);
    }

    /**
     * Whether a page of ours made the request: a browser adds a cookie to what other pages ask for, too. {@code SameSite} keeps
     * most of them away; this also those on other ports and sibling hosts, for all that changes something.
     */
    static boolean isSafe(HttpServerRequest request) {
        return SAFE.contains(request.method()) || isSameOrigin(request);
    }

    /** As {@link #isSafe}, for what needs no cookie: a program that is no browser says nothing of its origin, and is let through. */
    static boolean isFromHere(HttpServerRequest request) {
        return isSameOrigin(request) || (request.getHeader(FETCH_SITE) == null && request.getHeader(ORIGIN) == null);
    }

    private static boolean isSameOrigin(HttpServerRequest request) {
        String site = request.getHeader(FETCH_SITE);
        if (site != null) {
            return site.equals("same-origin");
        }
        String origin = request.getHeader(ORIGIN);
        HostAndPort own = request.authority();
        if (origin == null || own == null) {
            return false;
        }
        try {
            URI uri = new URI(origin);
            return uri.getHost() != null && uri.getHost().equalsIgnoreCase(own.host()) && uri.getPort() == own.port();
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static void send(HttpServerRequest request, String value, long seconds) {
        request.response()
                .addCookie(Cookie.cookie(name(request), value)
                        .setHttpOnly(true)
                        .setSecure(request.isSSL())
                        .setSameSite(CookieSameSite.STRICT)
                        .setPath("/")
                        .setMaxAge(seconds));
    }

    /** The prefix makes browsers refuse a cookie of that name that a sibling host has planted; it needs TLS. */
    private static String name(HttpServerRequest request) {
        return request.isSSL() ? "__Host-heddle-session" : "heddle-session";
    }
}
