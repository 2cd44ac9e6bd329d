package io.heddle.http;

import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Singleton;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The methods that each path of the API supports, for {@code Allow} (RFC 9110, 15.5.6): the server answers without it. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
class AllowedMethods {

    private static final Pattern VARIABLE = Pattern.compile("\\{[^}]+}");

    private final BeanManager beans;
    private volatile List<Map.Entry<Pattern, Set<String>>> byPath = List.of();

    AllowedMethods(BeanManager beans) {
        this.beans = beans;
    }

    /** Returns the methods of a path below {@code /api/v1}; empty when the API has no such path. */
    Set<String> of(String path) {
        if (byPath.isEmpty()) {
            byPath = read();
        }
        return byPath.stream()
                .filter(entry -> entry.getKey().matcher(path).matches())
                .flatMap(entry -> entry.getValue().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private List<Map.Entry<Pattern, Set<String>>> read() {
        Map<String, Set<String>> methods = new TreeMap<>();
        beans.getBeans(Object.class, Any.Literal.INSTANCE).stream()
                .map(bean -> bean.getBeanClass())
                .filter(type -> type.getName().startsWith("io.heddle.http.") && type.isAnnotationPresent(Path.class))
                .forEach(type -> {
                    for (Method endpoint : type.getMethods()) {
                        for (Annotation annotation : endpoint.getAnnotations()) {
                            HttpMethod method = annotation.annotationType().getAnnotation(HttpMethod.class);
                            if (method != null) {
                                Set<String> of = methods.computeIfAbsent(
                                        template(type, endpoint), path -> new TreeSet<>(Set.of(HttpMethod.OPTIONS)));
                                of.add(method.value());
                                if (method.value().equals(HttpMethod.GET)) {
                                    of.add(HttpMethod.HEAD);
                                }
                            }
                        }
                    }
                });
        return methods.entrySet().stream()
                .map(entry -> Map.entry(
                        Pattern.compile(VARIABLE.matcher(entry.getKey()).replaceAll("[^/]+") + "/?"), entry.getValue()))
                .toList();
    }

    private static String template(Class<?> type, Method endpoint) {
        String root = type.getAnnotation(Path.class).value();
        Path more = endpoint.getAnnotation(Path.class);
        return more == null ? root : root.replaceAll("/$", "") + "/" + more.value();
    }
}
