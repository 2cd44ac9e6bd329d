package io.heddle.http.security;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/** The origin of a request, as browsers report it in {@code Sec-Fetch-Site} or {@code Origin}. */
public final class RequestOrigin {

    private static final String FETCH_SITE = "Sec-Fetch-Site";
    private static final String ORIGIN = "Origin";
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private RequestOrigin() {}

    /** Whether the method changes nothing. */
    public static boolean isReadOnly(HttpServerRequest request) {
        return SAFE.contains(request.method());
    }

    /** Whether a page of this service sent the request, or a program that is not a browser. */
    public static boolean isSameOriginOrNoBrowser(HttpServerRequest request) {
        return isSameOrigin(request) || (request.getHeader(FETCH_SITE) == null && request.getHeader(ORIGIN) == null);
    }

    /** Whether a page of this service sent the request; pages on other ports and sibling hosts are not of this origin. */
    static boolean isSameOrigin(HttpServerRequest request) {
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
}
