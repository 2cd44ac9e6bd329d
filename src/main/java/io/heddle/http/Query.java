package io.heddle.http;

import io.heddle.hold.FilePath;
import io.heddle.hold.InvalidFilePathException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a request's query, decoded strictly: a replacement character for invalid UTF-8 would let two files share a
 * hold. As in forms, {@code +} is a space, so a plus is {@code %2B}. Each parameter may occur once.
 */
public final class Query {

    /** Dots are checked separately: a regular expression that did it would need a stack frame for each. */
    private static final Pattern KEY = Pattern.compile("[-/_=.A-Za-z0-9]+");

    private static final Pattern BAD_ESCAPE = Pattern.compile("%(?!\\p{XDigit}{2})");

    private final Map<String, String> parameters = new HashMap<>();

    private Query() {}

    /**
     * Parses the part after the question mark.
     *
     * @param raw not decoded; null without a query
     * @throws BadFieldException when a parameter cannot be decoded or is repeated
     */
    public static Query of(@Nullable String raw) {
        Query query = new Query();
        for (String parameter : raw == null ? new String[0] : raw.split("&")) {
            if (!parameter.isEmpty()) {
                query.add(parameter);
            }
        }
        return query;
    }

    private void add(String parameter) {
        int equals = parameter.indexOf('=');
        String name = decode("query", equals < 0 ? parameter : parameter.substring(0, equals));
        String value = equals < 0 ? "" : decode(name, parameter.substring(equals + 1));
        if (!name.isEmpty() && parameters.put(name, value) != null) {
            throw new BadFieldException(name, name + " is repeated");
        }
    }

    /** @throws BadFieldException when there is a parameter that is not one of these */
    void requireOnly(Set<String> names) {
        for (String name : parameters.keySet()) {
            if (!names.contains(name)) {
                String allowed = names.isEmpty() ? "none" : String.join(", ", new TreeSet<>(names));
                throw new BadFieldException(name, "unknown parameter; allowed: " + allowed);
            }
        }
    }

    /** Whether the parameter is present, empty or not. */
    public boolean has(String name) {
        return parameters.containsKey(name);
    }

    public String require(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new BadFieldException(name, name + " is missing");
        }
        return value;
    }

    /** Null when the parameter is absent or empty. */
    public @Nullable String optional(String name) {
        String value = parameters.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Returns a required path: of a file, or with {@code directory=true} of a directory. */
    public FilePath requireFile(String name) {
        return path(name, require(name), flag("directory"));
    }

    /** Returns the path of a directory if it ends with a slash, else of a file; null when it is absent. */
    public @Nullable FilePath optionalPath(String name) {
        String value = optional(name);
        return value == null ? null : path(name, value);
    }

    public @Nullable FilePath optionalFile(String name) {
        String value = optional(name);
        return value == null ? null : file(name, value);
    }

    public boolean flag(String name) {
        return switch (parameters.getOrDefault(name, "false")) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new BadFieldException(name, name + " must be true or false");
        };
    }

    public long requireNumber(String name) {
        return number(name, require(name));
    }

    /** A number from 1 to a limit. */
    public int count(String name, int fallback, int limit) {
        String value = optional(name);
        long count = value == null ? fallback : number(name, value);
        if (count < 1 || count > limit) {
            throw new BadFieldException(name, name + " must be from 1 to " + limit);
        }
        return (int) count;
    }

    /** Parses the path of a file. */
    public static FilePath file(String name, String path) {
        return path(name, path, false);
    }

    /** Parses the path of a directory if it ends with a slash, else of a file. */
    public static FilePath path(String name, String path) {
        return path(name, path, path.length() > 1 && path.endsWith("/"));
    }

    /** Parses the path of a directory or a file. */
    public static FilePath path(String name, String path, boolean directory) {
        try {
            return new FilePath(path, directory);
        } catch (InvalidFilePathException e) {
            throw new BadFieldException(name, String.valueOf(e.getMessage()));
        }
    }

    /** Validates a key of the bucket: any other text would reach another subject, or several. */
    public static String key(String name, String key) {
        boolean whole = !key.startsWith(".") && !key.endsWith(".") && !key.contains("..");
        if (!whole || !KEY.matcher(key).matches()) {
            throw new BadFieldException(name, name + " is not a key of a bucket");
        }
        return key;
    }

    private static long number(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new BadFieldException(name, name + " is not an integer");
        }
    }

    private static String decode(String name, String raw) {
        if (BAD_ESCAPE.matcher(raw).find()) {
            throw new BadFieldException(name, name + " has a % that two hex digits do not follow");
        }
        // As Latin-1, in which every byte is a character: URLDecoder would replace bytes that are not UTF-8.
        byte[] bytes = URLDecoder.decode(raw, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
        try {
            if (!StandardCharsets.US_ASCII.newEncoder().canEncode(raw)) {
                throw new CharacterCodingException();
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BadFieldException(name, name + " is not percent-encoded UTF-8");
        }
    }
}
