package io.heddle.testsupport;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Makes inputs that nobody would write, out of those that somebody did: bytes and whole tokens are changed, cut out, doubled,
 * swapped, spliced with those of another input, and replaced by what parsers stumble over. The same random numbers give the same
 * input.
 */
public final class Mutator {

    /** Longer ones are made now and then only: they take their time. */
    private static final int HUGE = 200_000;

    private static final int ONE_IN_HUGE = 400;

    private static final List<byte[]> NASTY = List.of(
            utf8("null"),
            utf8("true"),
            utf8("\"\""),
            utf8("{}"),
            utf8("[]"),
            utf8("[null]"),
            utf8("\\u0000"),
            utf8("\\ud800"),
            utf8("\\udc00\\ud800"),
            utf8("\\ud83d\\ude00"),
            utf8("\\u2028\\u202e"),
            utf8("\\u001b[2J"),
            utf8("\\r\\n"),
            utf8("\\\\"),
            utf8("\\"),
            utf8("\""),
            utf8("/"),
            utf8("//"),
            utf8("/./"),
            utf8("/../"),
            utf8("../.."),
            utf8("%2e%2e%2f"),
            utf8("%00"),
            utf8("%ff"),
            utf8("%"),
            utf8("."),
            utf8(">"),
            utf8("*"),
            utf8(" "),
            utf8("\r\n"),
            utf8("\u0000"),
            utf8("\u0085"),
            utf8("\u2028"),
            utf8("\ufeff"),
            utf8("\u0130\u0131\u017f\u212a"),
            utf8("\ud83d\ude00"),
            // Not UTF-8: half of a pair, a NUL and a slash that are too long, beyond the last character, a lone
            // follower.
            bytes(0xED, 0xA0, 0x80),
            bytes(0xED, 0xB0, 0x80),
            bytes(0xC0, 0x80),
            bytes(0xC0, 0xAF),
            bytes(0xE0, 0x80, 0xAF),
            bytes(0xF4, 0x90, 0x80, 0x80),
            bytes(0xF8, 0x88, 0x80, 0x80, 0x80),
            bytes(0x80),
            bytes(0xFF, 0xFE));

    private static final List<byte[]> NUMBERS = List.of(
            utf8("0"),
            utf8("-0"),
            utf8("-1"),
            utf8("00"),
            utf8("1.5"),
            utf8("1e3"),
            utf8("2147483648"),
            utf8("-2147483649"),
            utf8("9223372036854775807"),
            utf8("9223372036854775808"),
            utf8("-9223372036854775808"),
            utf8("18446744073709551616"),
            utf8("1e308"),
            utf8("1e999"),
            utf8("1e1000000000"),
            utf8("-1e-1000000000"),
            utf8("9".repeat(63)),
            utf8("9".repeat(900)),
            utf8("9".repeat(5000)),
            utf8("0." + "1".repeat(900)),
            utf8("NaN"),
            utf8("-Infinity"),
            utf8("0x10"),
            utf8("\u0663"));

    private static final List<String> CHARSETS = List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE");

    private final List<byte[]> corpus;
    private final List<byte[]> words;

    /**
     * @param corpus inputs that are good, or nearly; not empty
     * @param words what else means something in this kind of input
     */
    public Mutator(List<byte[]> corpus, List<String> words) {
        this.corpus = List.copyOf(corpus);
        this.words = words.stream().map(Mutator::utf8).toList();
    }

    /** One of the corpus, as it is. */
    public byte[] original(Random random) {
        return pick(random, corpus);
    }

    /** The next input. */
    public byte[] next(Random random) {
        int kind = random.nextInt(100);
        if (kind < 4) {
            return noise(random, random.nextInt(200));
        }
        if (kind < 8) {
            return soup(random);
        }
        byte[] input = pick(random, corpus);
        for (int steps = 1 + random.nextInt(2) * random.nextInt(5); steps > 0; steps--) {
            input = random.nextInt(4) == 0 ? changeBytes(random, input) : changeTokens(random, input);
        }
        return random.nextInt(ONE_IN_HUGE) == 0 ? huge(random, input) : input;
    }

    /**
     * Bytes as text that may hold anything a {@code char} can: halves of surrogate pairs where UTF-8 has them, and Latin-1 for
     * what is no UTF-8 at all.
     */
    public static String text(byte[] input) {
        StringBuilder text = new StringBuilder(input.length);
        for (int i = 0; i < input.length; i++) {
            int b = input[i] & 0xFF;
            int more = b >= 0xF0 && b < 0xF8 ? 3 : b >= 0xE0 && b < 0xF0 ? 2 : b >= 0xC2 && b < 0xE0 ? 1 : 0;
            int code = more == 0 ? b : b & (0x3F >> more);
            int read = 0;
            while (read < more && i + read + 1 < input.length && (input[i + read + 1] & 0xC0) == 0x80) {
                code = code << 6 | (input[i + ++read] & 0x3F);
            }
            if (read == more && code <= Character.MAX_CODE_POINT) {
                text.appendCodePoint(code);
                i += more;
            } else {
                text.append((char) b);
            }
        }
        return text.toString();
    }

    private byte[] changeBytes(Random random, byte[] input) {
        int at = random.nextInt(input.length + 1);
        int end = Math.min(input.length, at + 1 + random.nextInt(1 + random.nextInt(16)));
        return switch (random.nextInt(9)) {
            case 0 -> flip(random, input, 1);
            case 1 -> flip(random, input, 1 + random.nextInt(8));
            case 2 -> replace(input, at, at, noise(random, 1 + random.nextInt(8)));
            case 3 -> replace(input, at, end, new byte[0]);
            case 4 -> slice(input, 0, at);
            case 5 -> replace(input, at, at, slice(input, at, end));
            case 6 -> {
                byte[] other = pick(random, corpus);
                int from = random.nextInt(other.length + 1);
                yield replace(slice(input, 0, at), at, at, slice(other, from, other.length));
            }
            case 7 -> recase(input, at, end);
            default -> replace(input, at, at, nasty(random));
        };
    }

    private byte[] changeTokens(Random random, byte[] input) {
        List<byte[]> tokens = tokens(input);
        if (tokens.isEmpty()) {
            return nasty(random);
        }
        int at = random.nextInt(tokens.size());
        // What stands between the words is not all that there is to change.
        for (int i = 0; i < 4 && tokens.get(at).length < 2; i++) {
            at = random.nextInt(tokens.size());
        }
        byte[] token = tokens.get(at);
        switch (random.nextInt(12)) {
            case 0 -> tokens.set(at, nasty(random));
            case 1, 9 -> tokens.set(at, quotedLike(token, nasty(random)));
            case 2, 10 -> tokens.set(at, quotedLike(token, inside(random, token)));
            case 3 -> tokens.remove(at);
            case 4 -> {
                int end = Math.min(tokens.size(), at + 1 + random.nextInt(12));
                tokens.addAll(random.nextInt(tokens.size()), List.copyOf(tokens.subList(at, end)));
            }
            case 5 -> {
                int other = random.nextInt(tokens.size());
                tokens.set(at, tokens.get(other));
                tokens.set(other, token);
            }
            case 6 -> {
                List<byte[]> others = tokens(pick(random, corpus));
                tokens.set(at, others.isEmpty() ? token : pick(random, others));
            }
            case 7, 11 ->
                tokens.set(at, words.isEmpty() ? pick(random, NUMBERS) : quotedLike(token, pick(random, words)));
            default -> tokens.set(numberAt(tokens, at), pick(random, NUMBERS));
        }
        return join(tokens);
    }

    /** The next token that is a number, so that most numbers meet the extremes and not words. */
    private static int numberAt(List<byte[]> tokens, int from) {
        for (int i = 0; i < tokens.size(); i++) {
            int at = (from + i) % tokens.size();
            byte[] token = tokens.get(at);
            if (token.length > 0 && token[0] >= '0' && token[0] <= '9') {
                return at;
            }
        }
        return from;
    }

    private byte[] huge(Random random, byte[] input) {
        int size = 1 + random.nextInt(HUGE);
        return switch (random.nextInt(5)) {
            case 0 -> {
                List<byte[]> tokens = tokens(input);
                int at = tokens.isEmpty() ? 0 : random.nextInt(tokens.size());
                byte[] token = tokens.isEmpty() ? nasty(random) : tokens.get(at);
                tokens.add(at, quotedLike(token, repeat(unquoted(token), size)));
                yield join(tokens);
            }
            case 1 -> {
                byte[] deep = repeat(random.nextBoolean() ? utf8("[") : utf8("{\"a\":"), size);
                int at = random.nextInt(input.length + 1);
                yield replace(input, at, at, deep);
            }
            case 2 -> {
                int at = random.nextInt(input.length + 1);
                yield replace(input, at, at, repeat(nasty(random), size));
            }
            case 3 -> repeat(input, size);
            default -> text(input).getBytes(Charset.forName(pick(random, CHARSETS)));
        };
    }

    private byte[] soup(Random random) {
        List<byte[]> soup = new ArrayList<>();
        List<byte[]> tokens = tokens(pick(random, corpus));
        for (int i = random.nextInt(20); i >= 0; i--) {
            int kind = random.nextInt(4);
            soup.add(kind == 0 || tokens.isEmpty() ? nasty(random) : kind == 1 ? word(random) : pick(random, tokens));
        }
        return join(soup);
    }

    private byte[] word(Random random) {
        return words.isEmpty() ? pick(random, NUMBERS) : pick(random, words);
    }

    private byte[] nasty(Random random) {
        return random.nextInt(4) == 0 ? pick(random, NUMBERS) : pick(random, NASTY);
    }

    /** The token's text with something awkward somewhere in it. */
    private byte[] inside(Random random, byte[] token) {
        byte[] text = unquoted(token);
        int at = random.nextInt(text.length + 1);
        if (at < text.length && random.nextInt(4) == 0) {
            return replace(text, at, at + 1, utf8(String.format("\\u%04x", text[at] & 0xFF)));
        }
        return replace(text, at, at, nasty(random));
    }

    /** Quoted strings, words, blanks, and every other byte by itself. */
    private static List<byte[]> tokens(byte[] input) {
        List<byte[]> tokens = new ArrayList<>();
        int at = 0;
        while (at < input.length) {
            int end = at + 1;
            if (input[at] == '"') {
                while (end < input.length && input[end] != '"') {
                    end += input[end] == '\\' ? 2 : 1;
                }
                end = Math.min(input.length, end + 1);
            } else if (isWord(input[at])) {
                while (end < input.length && isWord(input[end])) {
                    end++;
                }
            }
            tokens.add(slice(input, at, end));
            at = end;
        }
        return tokens;
    }

    private static boolean isWord(byte b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_';
    }

    private static byte[] quotedLike(byte[] model, byte[] text) {
        boolean quoted = model.length > 1 && model[0] == '"' && model[model.length - 1] == '"';
        return quoted ? join(List.of(utf8("\""), text, utf8("\""))) : text;
    }

    private static byte[] unquoted(byte[] token) {
        boolean quoted = token.length > 1 && token[0] == '"' && token[token.length - 1] == '"';
        return quoted ? slice(token, 1, token.length - 1) : token;
    }

    private static byte[] flip(Random random, byte[] input, int times) {
        byte[] flipped = input.clone();
        for (int i = 0; i < times && flipped.length > 0; i++) {
            int at = random.nextInt(flipped.length);
            flipped[at] =
                    random.nextBoolean() ? (byte) (flipped[at] ^ 1 << random.nextInt(8)) : (byte) random.nextInt(256);
        }
        return flipped;
    }

    private static byte[] recase(byte[] input, int from, int to) {
        byte[] changed = input.clone();
        for (int i = from; i < to; i++) {
            boolean letter = (changed[i] >= 'a' && changed[i] <= 'z') || (changed[i] >= 'A' && changed[i] <= 'Z');
            changed[i] = letter ? (byte) (changed[i] ^ 0x20) : changed[i];
        }
        return changed;
    }

    private static byte[] noise(Random random, int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] repeat(byte[] unit, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(size);
        while (out.size() < size && unit.length > 0) {
            out.writeBytes(unit);
        }
        return out.toByteArray();
    }

    private static byte[] replace(byte[] input, int from, int to, byte[] by) {
        return join(List.of(slice(input, 0, from), by, slice(input, to, input.length)));
    }

    private static byte[] slice(byte[] input, int from, int to) {
        return Arrays.copyOfRange(input, from, to);
    }

    private static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        parts.forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
