package io.heddle.hold;

import java.util.Random;

/** Paths that are made to be awkward: dots, equals signs and hex digits together, every plane of Unicode. */
public final class RandomPaths {

    private static final String AWKWARD = "..==//2FfEe0aZ_-~@+$&:% *>\\\"'\n\t[]{}";
    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-/.";

    private RandomPaths() {}

    public static String next(Random random) {
        StringBuilder path = new StringBuilder("/");
        int length = random.nextInt(40);
        int kind = random.nextInt(3);
        for (int i = 0; i < length; i++) {
            path.appendCodePoint(
                    switch (kind) {
                        case 0 -> PLAIN.charAt(random.nextInt(PLAIN.length()));
                        case 1 -> AWKWARD.charAt(random.nextInt(AWKWARD.length()));
                        default -> scalar(random);
                    });
        }
        return path.toString();
    }

    private static int scalar(Random random) {
        int code = 1 + random.nextInt(random.nextBoolean() ? 0x2FF : Character.MAX_CODE_POINT);
        return code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE ? 'x' : code;
    }
}
