package io.heddle.http.coding;

import static io.heddle.http.HttpLog.LOG;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.hold.FilePath;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldFilter;
import io.heddle.http.security.Roles;
import io.quarkiverse.mcp.server.Prompt;
import io.quarkiverse.mcp.server.PromptMessage;
import io.quarkiverse.mcp.server.RequestUri;
import io.quarkiverse.mcp.server.ResourceManager;
import io.quarkiverse.mcp.server.ResourceManager.ResourceInfo;
import io.quarkiverse.mcp.server.ResourceResponse;
import io.quarkiverse.mcp.server.ResourceTemplate;
import io.quarkiverse.mcp.server.TextResourceContents;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Singleton;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The holds of each project as a resource at {@code /mcp}, with updates; and a prompt about how to work with holds. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
public class McpHolds {

    private static final String HOLDS = "heddle://holds/";
    private static final int MOST_PROJECTS = 1_000;
    private static final int MOST_HOLDS = 1_000;
    private static final int BUFFER = 1_024;
    /** Updates of a project are sent together. */
    private static final Duration PACE = Duration.ofMillis(500);

    private final AgentRequest agent;
    private final ResourceManager resources;
    private final ObjectMapper mapper;
    private final Map<String, ResourceInfo> projects = new ConcurrentHashMap<>();
    private @Nullable Cancellable events;

    McpHolds(AgentRequest agent, ResourceManager resources, ObjectMapper mapper) {
        this.agent = agent;
        this.resources = resources;
        this.mapper = mapper;
    }

    /** A hold of the project. */
    record ProjectHold(String path, String holder, boolean shared, String reason, long seconds) {}

    @ResourceTemplate(
            name = "holds",
            title = "Holds of a project",
            uriTemplate = HOLDS + "{project}",
            description =
                    "Who holds which files of a project, at most 1,000 of them. The slashes of the project are written %2F.",
            mimeType = "application/json")
    @RolesAllowed(Roles.HOLDS_READ)
    Uni<TextResourceContents> holds(String project, RequestUri uri) {
        return contents(URLDecoder.decode(project, StandardCharsets.UTF_8), uri.value());
    }

    @Prompt(
            name = "working-with-holds",
            title = "Working with holds",
            description = "How to work on files that other agents edit, too")
    PromptMessage prompt() {
        return PromptMessage.withUserRole(
                "Other agents edit this repository at the same time. Before you edit files, call hold_files"
                        + " with all of them and a short reason. If it is refused, work on other files, or call it again with"
                        + " wait_seconds. When your edits of a file are complete, call release_files for it. If an answer says that you"
                        + " have lost a hold, read that file again before you edit it.");
    }

    /** Makes the holds of a project a resource that clients can subscribe to. */
    void offer(String project) {
        if (project.isEmpty() || projects.containsKey(project) || projects.size() >= MOST_PROJECTS) {
            return;
        }
        String uri = HOLDS + URLEncoder.encode(project, StandardCharsets.UTF_8);
        projects.computeIfAbsent(project, same -> resources
                .newResource("holds of " + project)
                .setUri(uri)
                .setDescription("Who holds which files of " + project)
                .setMimeType("application/json")
                .setAsyncHandler(request ->
                        contents(project, request.requestUri().value()).map(ResourceResponse::new))
                .register());
        follow();
    }

    private Uni<TextResourceContents> contents(String project, String uri) {
        FilePath root = FilePath.of("/" + project);
        return agent.holds().list(new HoldFilter(root, null), null, MOST_HOLDS).map(holds -> {
            Instant now = agent.holds().status().now();
            List<ProjectHold> all = holds.stream()
                    .map(hold -> new ProjectHold(
                            hold.file().value(),
                            hold.holder(),
                            hold.shared(),
                            hold.reason(),
                            Explanations.remaining(hold, now).toSeconds()))
                    .toList();
            try {
                return new TextResourceContents(
                        uri, mapper.writeValueAsString(Map.of("holds", all)), "application/json");
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("holds could not be written as JSON", e);
            }
        });
    }

    private synchronized void follow() {
        if (events == null) {
            events = agent.holds()
                    .follow(null, BUFFER, HoldFilter.ALL)
                    .onFailure()
                    .retry()
                    .withBackOff(Duration.ofMillis(100), Duration.ofSeconds(10))
                    .indefinitely()
                    .map(event -> event.event())
                    .filter(event -> !(event instanceof HoldEvent.Announced announced && announced.renewal()))
                    .onItem()
                    .transformToIterable(this::projectsOf)
                    .group()
                    .intoLists()
                    .every(PACE)
                    .subscribe()
                    .with(changed -> Set.copyOf(changed).forEach(this::update), failure -> LOG.updatesEnded(failure));
        }
    }

    /** The projects that are resources here and have the file of the event; one may be within another. */
    private List<String> projectsOf(HoldEvent event) {
        FilePath file = event.file();
        return file == null
                ? List.of()
                : projects.keySet().stream()
                        .filter(project -> file.value().startsWith("/" + project + "/"))
                        .toList();
    }

    private void update(String project) {
        ResourceInfo resource = projects.get(project);
        if (resource != null) {
            resource.sendUpdateAndForget();
        }
    }

    @PreDestroy
    synchronized void close() {
        if (events != null) {
            events.cancel();
        }
    }
}
