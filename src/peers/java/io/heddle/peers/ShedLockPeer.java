package io.heddle.peers;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.provider.jdbc.JdbcLockProvider;

/** PostgreSQL, with ShedLock over ten pooled connections. ShedLock knows no waiting: who waits asks again. */
final class ShedLockPeer implements Peer {

    private static final Duration ASK_AGAIN = Duration.ofMillis(50);
    private static final String USER = "postgres";

    @Override
    public String name() {
        return "PostgreSQL (ShedLock)";
    }

    @Override
    public Set<Ability> abilities() {
        return EnumSet.of(Ability.RENEW);
    }

    /** It always syncs. */
    @Override
    public Servers start(Setup setup) throws Exception {
        Path binaries = binaries();
        Servers servers = new Servers("postgresql", setup.members);
        Path data = Files.createDirectory(servers.directory().resolve("data"));
        List<String> asUser = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            Files.setOwner(
                    data, data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER));
            asUser.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups"));
            Files.setPosixFilePermissions(
                    servers.directory(), java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        List<String> initialize = new ArrayList<>(asUser);
        initialize.addAll(
                List.of(binaries.resolve("initdb").toString(), "-D", data.toString(), "-U", USER, "-A", "trust"));
        Process initdb = new ProcessBuilder(initialize)
                .redirectErrorStream(true)
                .redirectOutput(servers.directory().resolve("initdb.log").toFile())
                .start();
        if (initdb.waitFor() != 0) {
            throw new IllegalStateException(
                    "initdb failed; see " + servers.directory().resolve("initdb.log") + ". The user " + USER
                            + " must be able to reach the build directory");
        }
        List<String> server = new ArrayList<>(asUser);
        server.addAll(List.of(
                binaries.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-h",
                "127.0.0.1",
                "-p",
                servers.ports().get(0).toString(),
                "-k",
                ""));
        servers.start(server);
        return servers.accepting();
    }

    private static Path binaries() throws IOException {
        Path versions = Servers.installed("/usr/lib/postgresql", "postgresql");
        try (Stream<Path> all = Files.list(versions)) {
            return all.max(Comparator.comparing(
                            version -> Double.parseDouble(version.getFileName().toString())))
                    .map(version -> Servers.installed(
                                    version.resolve("bin/postgres").toString(), "postgresql")
                            .getParent())
                    .orElseThrow(() -> new IllegalStateException("install the package postgresql, or run dev/peers"));
        }
    }

    @Override
    public LockClient connect(List<Integer> ports, Duration ttl) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + ports.get(0) + "/postgres");
        config.setUsername(USER);
        config.setConnectionTimeout(Servers.PATIENCE.toMillis()); // 1,024 agents queue for ten connections
        HikariDataSource database = Servers.ready(() -> new HikariDataSource(config));
        Servers.ready(() -> createTable(database));
        return new Rows(database, new JdbcLockProvider(database), new AgentThreads(), ttl);
    }

    private static boolean createTable(HikariDataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            return statement.execute("create table if not exists shedlock(name varchar(255) primary key,"
                    + " lock_until timestamp not null, locked_at timestamp not null,"
                    + " locked_by varchar(255) not null)");
        }
    }

    private record Rows(HikariDataSource database, JdbcLockProvider provider, AgentThreads threads, Duration ttl)
            implements LockClient {

        @Override
        public CompletionStage<Held> take(String file, int agent) {
            return threads.on(
                    agent,
                    () -> held(lock(file).orElseThrow(() -> new IllegalStateException(file + " is held")), agent));
        }

        @Override
        public CompletionStage<Held> await(String file, int agent) {
            return threads.on(agent, () -> {
                Optional<SimpleLock> lock = lock(file);
                while (lock.isEmpty()) {
                    LockSupport.parkNanos(ASK_AGAIN.toNanos());
                    lock = lock(file);
                }
                return held(lock.get(), agent);
            });
        }

        private Optional<SimpleLock> lock(String file) {
            return provider.lock(new LockConfiguration(Instant.now(), file, ttl, Duration.ZERO));
        }

        private Held held(SimpleLock lock, int agent) {
            return new Locked(lock, threads, agent, ttl);
        }

        @Override
        public void watch(Runnable taken) {
            throw new UnsupportedOperationException("ShedLock tells nobody");
        }

        @Override
        public List<String> page(String directory, int limit) throws SQLException {
            List<String> names = new ArrayList<>();
            try (Connection connection = database.getConnection();
                    PreparedStatement select =
                            connection.prepareStatement("select name from shedlock where name >= ? and name < ?"
                                    + " and lock_until > now() at time zone 'UTC' order by name limit ?")) {
                select.setString(1, directory + "/");
                select.setString(2, directory + "0"); // the character after the slash
                select.setInt(3, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        names.add(rows.getString(1));
                    }
                }
            }
            return names;
        }

        @Override
        public void close() {
            threads.close();
            database.close();
        }
    }

    private static final class Locked implements LockClient.Held {

        private final AgentThreads threads;
        private final int agent;
        private final Duration ttl;
        private SimpleLock lock; // only of the agent's thread

        Locked(SimpleLock lock, AgentThreads threads, int agent, Duration ttl) {
            this.lock = lock;
            this.threads = threads;
            this.agent = agent;
            this.ttl = ttl;
        }

        @Override
        public CompletionStage<?> renew() {
            return threads.on(
                    agent, () -> lock = lock.extend(ttl, Duration.ZERO).orElseThrow());
        }

        @Override
        public CompletionStage<?> release() {
            return threads.on(agent, () -> {
                lock.unlock();
                return true;
            });
        }
    }
}
