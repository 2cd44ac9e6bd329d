package io.heddle.http.security;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The page's sign-in: a token in a cookie that scripts cannot read. */
final class SessionCookie {

    /** Browsers drop longer cookies silently (RFC 6265: 4096 bytes, attributes included). */
    static final int LONGEST_TOKEN = 3_900;

    /** RFC 6265, cookie-octet. A token check skips characters that are not base64; a cookie must not contain them. */
    private static final Pattern VALUE = Pattern.compile("[!-~&&[^\",;\\\\]]{1," + LONGEST_TOKEN + "}");

    /** How long a page stays signed in at most; a token that expires earlier ends the session. */
    static final Duration LONGEST = Duration.ofMinutes(15);

    private SessionCookie() {}

    /** Returns the token of the cookie, or null without a cookie. */
    static @Nullable String token(HttpServerRequest request) {
        Cookie cookie = request.getCookie(name(request));
        return cookie == null || cookie.getValue().isEmpty() ? null : cookie.getValue();
    }

    static boolean isCookie(String token) {
        return VALUE.matcher(token).matches();
    }

    /** Sets the cookie; an empty token with a life of zero removes it. */
    static void set(HttpServerRequest request, String token, Duration life) {
        request.response()
                .addCookie(Cookie.cookie(name(request), token)
                        .setHttpOnly(true)
                        .setSecure(request.isSSL())
                        .setSameSite(CookieSameSite.STRICT)
                        .setPath("/")
                        .setMaxAge(life.toSeconds()));
    }

    /** Browsers accept the prefix over TLS only, and refuse a cookie of that name from a sibling host. */
    private static String name(HttpServerRequest request) {
        return request.isSSL() ? "__Host-heddle-session" : "heddle-session";
    }
}
