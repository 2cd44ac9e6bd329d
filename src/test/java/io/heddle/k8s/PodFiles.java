package io.heddle.k8s;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The files of volumes, laid out as the kubelet does it: the names are links into a directory, and one rename of a link replaces all of
 * them at once.
 *
 * @param objects the ConfigMaps and Secrets
 */
record PodFiles(List<Manifests> objects) {

    /** Writes the content of a volume into a directory, or replaces what an earlier call wrote. */
    void write(Volume volume, String namespace, Path directory) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        if (volume.getProjected() != null) {
            for (VolumeProjection source : volume.getProjected().getSources()) {
                if (source.getSecret() != null) {
                    files.putAll(chosen(
                            secret(namespace, source.getSecret().getName()),
                            source.getSecret().getItems()));
                } else {
                    files.putAll(chosen(
                            configMap(namespace, source.getConfigMap().getName()),
                            source.getConfigMap().getItems()));
                }
            }
        } else if (volume.getSecret() != null) {
            files.putAll(chosen(
                    secret(namespace, volume.getSecret().getSecretName()),
                    volume.getSecret().getItems()));
        } else {
            files.putAll(chosen(
                    configMap(namespace, volume.getConfigMap().getName()),
                    volume.getConfigMap().getItems()));
        }
        replace(directory, files);
    }

    /** Replaces the files of a directory at once. */
    static void replace(Path directory, Map<String, byte[]> files) throws IOException {
        Path version = Files.createDirectories(directory.resolve(".." + UUID.randomUUID()));
        for (var file : files.entrySet()) {
            Path target = version.resolve(file.getKey());
            Files.createDirectories(target.getParent());
            Files.write(target, file.getValue());
        }
        Path next = directory.resolve("..data_tmp");
        Files.createSymbolicLink(next, version.getFileName());
        Files.move(next, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        try (Stream<Path> entries = Files.list(version)) {
            for (Path name : entries.map(Path::getFileName).toList()) {
                Path link = directory.resolve(name);
                if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(link, Path.of("..data").resolve(name));
                }
            }
        }
    }

    private static Map<String, byte[]> chosen(Map<String, byte[]> data, List<KeyToPath> items) {
        if (items == null || items.isEmpty()) {
            return data;
        }
        Map<String, byte[]> files = new HashMap<>();
        items.forEach(item -> files.put(item.getPath(), data.get(item.getKey())));
        return files;
    }

    private Map<String, byte[]> secret(String namespace, String name) {
        Map<String, byte[]> files = new HashMap<>();
        find(Secret.class, namespace, name)
                .getData()
                .forEach((key, value) -> files.put(key, Base64.getDecoder().decode(value)));
        return files;
    }

    private Map<String, byte[]> configMap(String namespace, String name) {
        Map<String, byte[]> files = new HashMap<>();
        find(ConfigMap.class, namespace, name)
                .getData()
                .forEach((key, value) -> files.put(key, value.getBytes(StandardCharsets.UTF_8)));
        return files;
    }

    private <T extends HasMetadata> T find(Class<T> type, String namespace, String name) {
        List<T> found = new ArrayList<>();
        objects.forEach(manifests -> manifests
                .all(type)
                .filter(object -> object.getMetadata().getNamespace().equals(namespace)
                        && object.getMetadata().getName().equals(name))
                .forEach(found::add));
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " times " + type.getSimpleName() + " " + namespace + "/" + name);
        }
        return found.get(0);
    }
}
