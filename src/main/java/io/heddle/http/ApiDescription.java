package io.heddle.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.AnnotationTarget;
import org.jboss.jandex.AnnotationValue;
import org.jboss.jandex.ClassInfo;
import org.jboss.jandex.DotName;
import org.jboss.jandex.FieldInfo;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.RecordComponentInfo;
import org.jspecify.annotations.Nullable;

/**
 * Adds to {@code /q/openapi} what the operations of this API have in common: the problems that each can answer with, and which members
 * an answer always has. Runs when the application is built. Operations of an embedding service are not changed.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public final class ApiDescription implements OASFilter {

    private static final String OURS = "io.heddle.";
    private static final DotName NULLABLE = DotName.createSimple(Nullable.class);
    private static final DotName UNWRAPPED = DotName.createSimple(JsonUnwrapped.class);
    private static final DotName ANY_GETTER = DotName.createSimple(JsonAnyGetter.class);
    private static final String EVENTS = "text/event-stream";

    /** Statuses that several operations answer with, and the name of the description that these share. */
    private static final Map<Integer, String> SHARED = Map.of(
            400, "BadRequest",
            401, "Unauthorized",
            403, "Forbidden",
            413, "TooLarge",
            415, "UnsupportedMediaType",
            429, "TooManyRequests",
            503, "Unavailable");

    private static final Set<Integer> WITH_RETRY_AFTER = Set.of(429, 503);
    private static final String OTHER = "OtherProblem";

    private final IndexView index;

    /** @param index the classes of the application */
    public ApiDescription(IndexView index) {
        this.index = index;
    }

    @Override
    public void filterOpenAPI(OpenAPI description) {
        List<Operation> operations = operations(description);
        if (operations.isEmpty()) {
            return;
        }
        Components components = description.getComponents();
        SHARED.forEach((status, name) -> components.addResponse(name, shared(status)));
        components.addResponse(
                OTHER,
                problem(
                        "Any other problem: `status` is the HTTP status, and `type` names the problem. 404 `not-found`, 405, "
                                + "406, 421, 500 and 501 are not listed for each operation."));
        operations.forEach(ApiDescription::addProblems);
        addRequiredMembers(components.getSchemas());
    }

    /** Returns the operations whose methods are in this package or below. */
    private List<Operation> operations(OpenAPI description) {
        Set<String> ids = index.getAnnotations(org.eclipse.microprofile.openapi.annotations.Operation.class).stream()
                .filter(ApiDescription::isOnOurMethod)
                .map(operation -> operation.value("operationId"))
                .filter(id -> id != null)
                .map(AnnotationValue::asString)
                .collect(Collectors.toSet());
        if (description.getPaths() == null || description.getPaths().getPathItems() == null) {
            return List.of();
        }
        return description.getPaths().getPathItems().values().stream()
                .flatMap(path -> path.getOperations().values().stream())
                .filter(operation -> ids.contains(String.valueOf(operation.getOperationId())))
                .toList();
    }

    private static boolean isOnOurMethod(AnnotationInstance annotation) {
        return annotation.target().kind() == AnnotationTarget.Kind.METHOD
                && annotation
                        .target()
                        .asMethod()
                        .declaringClass()
                        .name()
                        .toString()
                        .startsWith(OURS + "http.");
    }

    private static void addProblems(Operation operation) {
        APIResponses responses = operation.getResponses();
        responses.getAPIResponses().forEach((status, response) -> {
            if (status.compareTo("400") >= 0 && !isProblem(response)) {
                response.setContent(problem("").getContent());
            }
        });
        boolean secured = operation.getSecurity() != null;
        List<Integer> statuses = new ArrayList<>(List.of(400));
        if (secured) {
            statuses.addAll(List.of(401, 403, 503));
        }
        if (operation.getRequestBody() != null) {
            statuses.addAll(List.of(403, 413, 415));
        }
        if (responses.getAPIResponses().values().stream().anyMatch(ApiDescription::isEventStream)) {
            statuses.add(429);
        }
        for (int status : statuses) {
            String code = Integer.toString(status);
            // Quarkus describes 400, 401 and 403 without their meaning.
            boolean isGeneric = status == 400 || (secured && (status == 401 || status == 403));
            if (isGeneric || !responses.hasAPIResponse(code)) {
                responses.addAPIResponse(code, reference(SHARED.get(status)));
            }
        }
        responses.setDefaultValue(reference(OTHER));
    }

    private static boolean isProblem(APIResponse response) {
        return response.getRef() != null
                || (response.getContent() != null && response.getContent().hasMediaType(Problem.MEDIA_TYPE));
    }

    private static boolean isEventStream(APIResponse response) {
        return response.getContent() != null && response.getContent().hasMediaType(EVENTS);
    }

    private static APIResponse shared(int status) {
        APIResponse response = problem(Arrays.stream(ProblemType.values())
                .filter(type -> type.status() == status)
                .map(type -> "`" + type.wireName() + "`: " + type.meaning())
                .collect(Collectors.joining("\n\n")));
        if (WITH_RETRY_AFTER.contains(status)) {
            response.addHeader(
                    "Retry-After",
                    OASFactory.createHeader()
                            .description("after how many seconds to repeat the request")
                            .schema(OASFactory.createSchema().addType(Schema.SchemaType.INTEGER)));
        }
        return response;
    }

    private static APIResponse problem(String meaning) {
        Content content = OASFactory.createContent()
                .addMediaType(
                        Problem.MEDIA_TYPE,
                        OASFactory.createMediaType()
                                .schema(OASFactory.createSchema().ref("Problem")));
        return OASFactory.createAPIResponse().description(meaning).content(content);
    }

    private static APIResponse reference(@Nullable String name) {
        return OASFactory.createAPIResponse().ref(name);
    }

    /** A component of a record that may not be null is always present in an answer. */
    private void addRequiredMembers(Map<String, Schema> schemas) {
        records().forEach((name, type) -> {
            Schema schema = schemas.get(name);
            if (schema == null || schema.getProperties() == null) {
                return;
            }
            Set<String> required = new LinkedHashSet<>();
            if (addMembers(type, schema.getProperties().keySet(), required) && !required.isEmpty()) {
                required.addAll(Objects.requireNonNullElse(schema.getRequired(), List.of()));
                schema.setRequired(List.copyOf(required));
            }
        });
    }

    /** Returns our records by the names of their schemas; of those with the same name the one that is annotated with it. */
    private Map<String, ClassInfo> records() {
        Map<String, ClassInfo> records = new HashMap<>();
        for (ClassInfo type : index.getKnownClasses()) {
            if (type.isRecord() && type.name().toString().startsWith(OURS)) {
                String name = name(type);
                if (name == null) {
                    records.putIfAbsent(type.simpleName(), type);
                } else {
                    records.put(name, type);
                }
            }
        }
        return records;
    }

    /**
     * Adds the names of the components that may not be null; those of an unwrapped component instead of its own.
     *
     * @return false if one of them is not described: then another record has the name of the schema
     */
    private boolean addMembers(ClassInfo type, Set<String> described, Set<String> members) {
        for (RecordComponentInfo component : type.recordComponentsInDeclarationOrder()) {
            FieldInfo field = type.field(component.name());
            if (component.type().hasAnnotation(NULLABLE) || field.hasAnnotation(ANY_GETTER)) {
                continue;
            }
            ClassInfo unwrapped = field.hasAnnotation(UNWRAPPED)
                    ? index.getClassByName(component.type().name())
                    : null;
            if (unwrapped != null) {
                if (!addMembers(unwrapped, described, members)) {
                    return false;
                }
            } else if (described.contains(component.name())) {
                members.add(component.name());
            } else if (described.contains(snakeCase(component.name()))) {
                members.add(snakeCase(component.name()));
            } else {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String name(ClassInfo type) {
        AnnotationInstance schema =
                type.declaredAnnotation(org.eclipse.microprofile.openapi.annotations.media.Schema.class);
        AnnotationValue name = schema == null ? null : schema.value("name");
        return name == null ? null : name.asString();
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
