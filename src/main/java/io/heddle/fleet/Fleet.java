package io.heddle.fleet;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.fleet.group.GroupIndex;
import io.heddle.fleet.group.GroupRun;
import io.heddle.fleet.group.GroupRuns;
import io.heddle.fleet.group.GroupStore;
import io.heddle.fleet.publish.PublishPipeline;
import io.heddle.fleet.vm.DesiredFeed;
import io.heddle.fleet.vm.StatusFeed;
import io.heddle.fleet.vm.VmTable;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareStream;
import io.heddle.mount.feed.ShareRecords;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.request.JetStreamApi;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The control plane of this process: groups, and the state of all VMs. It runs from {@link #start} to {@link #close}; several
 * replicas run side by side. Thread-safe.
 */
public final class Fleet implements AutoCloseable {

    private final GroupIndex index;
    private final GroupRuns runs;
    private final Groups groups;
    private final VmTable table;
    private final StatusFeed statuses;
    private final DesiredFeed desired;
    private final Vms vms;
    private final ScheduledFuture<?> ticks;

    private Fleet(
            NatsConnection connection,
            FleetConfig config,
            MountsConfig mounts,
            PublishListener listener,
            ScheduledExecutorService scheduler) {
        JetStreamApi api = new JetStreamApi(connection);
        ShareStream stream = ShareStream.of(mounts);
        GroupStore store = new GroupStore(connection, config);
        table = new VmTable(config, System::nanoTime, InstantSource.system());
        statuses = new StatusFeed(connection, table, config);
        ShareRecords records = new ShareRecords(connection, mounts);
        desired = new DesiredFeed(connection, mounts, records, table, () -> statuses.ask(table.unreported()));
        vms = new Vms(table, desired, statuses);
        index = new GroupIndex(connection, store);
        GroupRun.Services services = new GroupRun.Services(
                store,
                index,
                new PublishPipeline(api, stream, records, config.inFlight(), config.publishTimeout(), listener),
                config);
        runs = new GroupRuns(services);
        groups = new Groups(runs, services, api, stream);
        statuses.start();
        desired.start();
        index.start();
        ticks = scheduler.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    /** Starts the subscriptions, and resumes changes that other replicas left unfinished. */
    static Fleet start(
            NatsConnection connection,
            FleetConfig config,
            MountsConfig mounts,
            PublishListener listener,
            ScheduledExecutorService scheduler) {
        return new Fleet(connection, config, mounts, listener, scheduler);
    }

    public Groups groups() {
        return groups;
    }

    public Vms vms() {
        return vms;
    }

    /** Stops; another replica finishes the changes under way. Idempotent. */
    @Override
    public void close() {
        ticks.cancel(false);
        runs.close();
        index.close();
        desired.close();
        statuses.close();
    }

    private void tick() {
        for (Runnable task : List.<Runnable>of(table::tick, runs::tick)) {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.tickFailed(e);
            }
        }
    }
}
