package io.heddle.peers;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A thread for each agent: for clients whose calls block, and for locks that belong to a thread. */
final class AgentThreads implements AutoCloseable {

    private final Map<Integer, ExecutorService> threads = new ConcurrentHashMap<>();

    <T> CompletionStage<T> on(int agent, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        threads.computeIfAbsent(agent, AgentThreads::thread).execute(() -> {
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static ExecutorService thread(int agent) {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "agent-" + agent);
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void close() {
        threads.values().forEach(ExecutorService::shutdownNow);
    }
}
