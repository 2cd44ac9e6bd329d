package io.heddle.mount.cubefs.kernel;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One line of {@code /proc/self/mountinfo}; see proc_pid_mountinfo(5).
 *
 * @param id the mount's id
 * @param parent the id of the mount below
 * @param minor the minor device number: names a FUSE connection under {@code /sys/fs/fuse/connections}
 * @param mountPoint decoded
 * @param type {@code fuse.cubefs}, for example
 * @param source decoded
 */
public record MountInfo(int id, int parent, int minor, String mountPoint, String type, String source) {

    /**
     * Parses one line.
     *
     * @param line with one character for each byte (read as ISO-8859-1)
     */
    public static MountInfo parse(String line) {
        List<String> fields = List.of(line.split(" ", -1));
        int separator = fields.indexOf("-");
        if (fields.size() < 6 || separator < 6 || separator + 2 >= fields.size()) {
            throw new IllegalArgumentException("not a line of mountinfo: " + line);
        }
        String device = fields.get(2);
        return new MountInfo(
                Integer.parseInt(fields.get(0)),
                Integer.parseInt(fields.get(1)),
                Integer.parseInt(device.substring(device.indexOf(':') + 1)),
                decode(fields.get(4)),
                decode(fields.get(separator + 1)),
                decode(fields.get(separator + 2)));
    }

    /** Whether this is a CubeFS mount of the volume, as its client makes it. */
    public boolean isCubeFs(String volume) {
        return type.equals("fuse.cubefs") && source.equals("cubefs-" + volume);
    }

    /** The kernel writes blanks, backslashes and more as {@code \ooo}, three octal digits for a byte. */
    public static String decode(String field) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && isOctal(field, i + 1)) {
                bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                bytes.write(c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static boolean isOctal(String field, int from) {
        if (from + 3 > field.length()) {
            return false;
        }
        return field.substring(from, from + 3).chars().allMatch(c -> c >= '0' && c <= '7');
    }
}
