package io.heddle.coding;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The name of the project of a working tree: {@code project} of {@code .heddle.json} at the root, else the URL of the remote
 * {@code origin} without scheme, user, port and {@code .git}, else the name of the folder of the main working tree.
 */
final class ProjectName {

    private static final String SETTINGS = ".heddle.json";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_SEGMENTS = 10;
    private static final Pattern SEGMENT = Pattern.compile("(?!\\.{1,2}$)[^\\x00-\\x1f\\x7f/\\\\]{1,200}");

    private static final Pattern SECTION =
            Pattern.compile("\\[remote\\s+\"origin\"\\].*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/]*)/?([^?#]*).*", Pattern.DOTALL);
    private static final Pattern SCP =
            Pattern.compile("(?:[^@/\\\\]*@)?(\\[[^]]*]|[^/\\\\:]{2,}):(?!//)(.*)", Pattern.DOTALL);
    private static final Pattern DRIVE = Pattern.compile("([A-Za-z]):([/\\\\].*)", Pattern.DOTALL);

    private ProjectName() {}

    /**
     * Returns the name for the working tree with this root.
     *
     * @throws ProjectNameException when the settings cannot be read, or the name is invalid
     */
    static String of(Path root) throws IOException {
        String name = fromSettings(root.resolve(SETTINGS));
        if (name.isEmpty()) {
            Path common = commonDirectory(root);
            String url = origin(common.resolve("config"));
            name = url.isEmpty() ? mainFolder(common) : fromUrl(url, root);
        }
        List<String> segments = List.of(name.split("/", -1));
        if (segments.size() > MAX_SEGMENTS
                || !segments.stream()
                        .allMatch(segment -> SEGMENT.matcher(segment).matches())) {
            throw new ProjectNameException("invalid project name '" + name + "' of " + root + ": set project in "
                    + SETTINGS + ", such as acme/shop");
        }
        return name;
    }

    private static String fromSettings(Path file) throws IOException {
        JsonNode settings;
        try {
            settings = JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return "";
        } catch (JacksonException e) {
            throw new ProjectNameException(file + " cannot be read: it must be a JSON object");
        }
        JsonNode project = settings.path("project");
        if (!settings.isObject() || !(project.isMissingNode() || project.isTextual())) {
            throw new ProjectNameException(file + ": it must be a JSON object, and project a text");
        }
        return project.asText();
    }

    /** The directory of the repository that all its working trees share. */
    private static Path commonDirectory(Path root) throws IOException {
        Path git = root.resolve(".git");
        if (Files.isDirectory(git)) {
            return git;
        }
        String target = firstLine(git);
        if (target.startsWith("gitdir:")) {
            git = root.resolve(target.substring("gitdir:".length()).strip()).normalize();
        }
        String common = firstLine(git.resolve("commondir"));
        return common.isEmpty() ? git : git.resolve(common).normalize();
    }

    private static String firstLine(Path file) throws IOException {
        return lines(file).findFirst().orElse("");
    }

    /** Lines of a file of git; none when there is no such file. */
    private static Stream<String> lines(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Stream.empty();
        }
        return StandardCharsets.UTF_8
                .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                .toString()
                .lines();
    }

    private static String mainFolder(Path common) {
        Path parent = common.getParent();
        Path folder = common.endsWith(".git") && parent != null ? parent : common;
        Path name = folder.getFileName();
        return name == null ? "" : withoutGit(name.toString());
    }

    private static String withoutGit(String text) {
        return text.endsWith(".git") ? text.substring(0, text.length() - ".git".length()) : text;
    }

    /** {@code remote.origin.url}; the last one counts, as in git. */
    private static String origin(Path config) throws IOException {
        String url = "";
        boolean inside = false;
        for (String raw : lines(config).toList()) {
            String line = raw.strip();
            int equals = line.indexOf('=');
            if (line.startsWith("[")) {
                inside = SECTION.matcher(line).matches();
            } else if (inside && equals > 0 && line.substring(0, equals).strip().equalsIgnoreCase("url")) {
                url = unquoted(line.substring(equals + 1).strip());
            }
        }
        return url;
    }

    private static String unquoted(String value) {
        StringBuilder text = new StringBuilder();
        boolean quoted = false;
        for (int at = 0; at < value.length(); at++) {
            char c = value.charAt(at);
            if (c == '\\' && at + 1 < value.length()) {
                text.append(value.charAt(++at));
            } else if (c == '"') {
                quoted = !quoted;
            } else if ((c == '#' || c == ';') && !quoted) {
                break;
            } else {
                text.append(c);
            }
        }
        return text.toString().strip();
    }

    /** {@code github.com/acme/shop} of every URL of that repository: https, ssh, {@code git@github.com:acme/shop.git}, or a path. */
    private static String fromUrl(String url, Path root) {
        Matcher full = URL.matcher(url);
        Matcher scp = SCP.matcher(url);
        Matcher drive = DRIVE.matcher(url);
        String host = "";
        String path;
        if (full.matches()) {
            String authority = full.group(1);
            host = authority.substring(authority.lastIndexOf('@') + 1).replaceFirst(":\\d*$", "");
            path = full.group(2);
        } else if (scp.matches()) {
            host = scp.group(1);
            path = scp.group(2);
        } else if (drive.matches()) {
            path = drive.group(1) + drive.group(2);
        } else {
            path = root.resolve(url).normalize().toString();
        }
        List<String> parts = Stream.of(path.split("[/\\\\]"))
                .filter(part -> !part.isEmpty() && !part.equals("."))
                .collect(Collectors.toList());
        if (!parts.isEmpty() && parts.get(parts.size() - 1).equals(".git")) {
            parts.remove(parts.size() - 1);
        }
        if (!parts.isEmpty()) {
            parts.set(parts.size() - 1, withoutGit(parts.get(parts.size() - 1)));
        }
        String name = host.replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
        return Stream.concat(Stream.of(name), parts.stream())
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("/"));
    }
}
