// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a container sees of the cluster: its mounts, as folders of this machine, and its
 * environment. A process has no file system of its own, so what names a mount's path is given the
 * folder instead.
 */
final class PodFiles {

  private static final String SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

  /** A volume or variable names what is not there (yet); kubelet waits for it too. */
  static final class MissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MissingException(String what) {
      super(what + " is not there");
    }
  }

  private final KubernetesClient client;
  private final Pod pod;
  private final Path root;
  private final Map<String, Path> mounts = new HashMap<>();

  /**
   * @param client of kubelet, who may read what the pod names
   * @param root an empty folder
   */
  PodFiles(KubernetesClient client, Pod pod, Path root) {
    this.client = client;
    this.pod = pod;
    this.root = root;
  }

  /** Fills the volumes that the container mounts. */
  void mount(Container container) throws IOException {
    Map<String, Volume> volumes = new HashMap<>();
    pod.getSpec().getVolumes().forEach(volume -> volumes.put(volume.getName(), volume));
    for (VolumeMount mount : container.getVolumeMounts()) {
      Path folder = Files.createDirectories(root.resolve(mount.getName()));
      fill(volumes.get(mount.getName()), folder);
      mounts.put(mount.getMountPath(), folder);
    }
  }

  private void fill(Volume volume, Path folder) {
    if (volume.getProjected() != null) {
      volume.getProjected().getSources().forEach(source -> project(source, folder));
    } else if (volume.getSecret() != null) {
      copy(secret(volume.getSecret().getSecretName()), volume.getSecret().getItems(), folder);
    } else if (volume.getConfigMap() != null) {
      copy(configMap(volume.getConfigMap().getName()), volume.getConfigMap().getItems(), folder);
    } else if (volume.getEmptyDir() == null) {
      throw new IllegalStateException("a volume of a kind that is not played here: " + volume);
    }
  }

  private void project(VolumeProjection source, Path folder) {
    if (source.getServiceAccountToken() != null) {
      ServiceAccountTokenProjection requested = source.getServiceAccountToken();
      write(folder.resolve(requested.getPath()), token(requested).getBytes());
    } else if (source.getConfigMap() != null) {
      copy(configMap(source.getConfigMap().getName()), source.getConfigMap().getItems(), folder);
    } else if (source.getSecret() != null) {
      copy(secret(source.getSecret().getName()), source.getSecret().getItems(), folder);
    } else {
      source
          .getDownwardAPI()
          .getItems()
          .forEach(
              item ->
                  write(
                      folder.resolve(item.getPath()),
                      field(item.getFieldRef().getFieldPath()).getBytes()));
    }
  }

  /** Bound to the pod: it ends with that. */
  private String token(ServiceAccountTokenProjection requested) {
    var request =
        new TokenRequestBuilder()
            .withNewSpec()
            .withAudiences(
                requested.getAudience() == null ? List.of() : List.of(requested.getAudience()))
            .withExpirationSeconds(requested.getExpirationSeconds())
            .withNewBoundObjectRef()
            .withApiVersion("v1")
            .withKind("Pod")
            .withName(pod.getMetadata().getName())
            .withUid(pod.getMetadata().getUid())
            .endBoundObjectRef()
            .endSpec()
            .build();
    return client
        .serviceAccounts()
        .inNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getSpec().getServiceAccountName())
        .tokenRequest(request)
        .getStatus()
        .getToken();
  }

  private Map<String, byte[]> secret(String name) {
    Secret secret =
        client.secrets().inNamespace(pod.getMetadata().getNamespace()).withName(name).get();
    if (secret == null) {
      throw new MissingException("Secret " + name);
    }
    Map<String, byte[]> data = new HashMap<>();
    secret.getData().forEach((key, value) -> data.put(key, Base64.getDecoder().decode(value)));
    return data;
  }

  private Map<String, byte[]> configMap(String name) {
    ConfigMap found =
        client.configMaps().inNamespace(pod.getMetadata().getNamespace()).withName(name).get();
    if (found == null) {
      throw new MissingException("ConfigMap " + name);
    }
    Map<String, byte[]> data = new HashMap<>();
    found.getData().forEach((key, value) -> data.put(key, value.getBytes()));
    return data;
  }

  private static void copy(Map<String, byte[]> data, List<KeyToPath> items, Path folder) {
    if (items.isEmpty()) {
      data.forEach((key, value) -> write(folder.resolve(key), value));
    }
    for (KeyToPath item : items) {
      if (!data.containsKey(item.getKey())) {
        throw new MissingException("key " + item.getKey());
      }
      write(folder.resolve(item.getPath()), data.get(item.getKey()));
    }
  }

  private static void write(Path file, byte[] content) {
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The container's variables, those that kubelet adds, and where the mounts are. */
  Map<String, String> environment(Container container) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("HOSTNAME", pod.getMetadata().getName());
    environment.put("HOME", root.toString());
    environment.put("KUBERNETES_SERVICE_HOST", client.getMasterUrl().getHost());
    environment.put("KUBERNETES_SERVICE_PORT", String.valueOf(client.getMasterUrl().getPort()));
    Path account = mounts.get(SERVICE_ACCOUNT);
    if (account != null) {
      // The Kubernetes client's own settings; in a pod their defaults are these files.
      environment.put("KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN", account.resolve("token").toString());
      environment.put("KUBERNETES_CERTS_CA_FILE", account.resolve("ca.crt").toString());
      environment.put("KUBENAMESPACE", account.resolve("namespace").toString());
    }
    for (EnvVar variable : container.getEnv()) {
      value(variable).ifPresent(value -> environment.put(variable.getName(), mapped(value)));
    }
    return environment;
  }

  private String mapped(String value) {
    return mounts.entrySet().stream()
        .filter(mount -> value.startsWith(mount.getKey() + "/"))
        .findFirst()
        .map(mount -> mount.getValue() + value.substring(mount.getKey().length()))
        .orElse(value);
  }

  private Optional<String> value(EnvVar variable) {
    EnvVarSource from = variable.getValueFrom();
    if (from == null) {
      return Optional.of(Optional.ofNullable(variable.getValue()).orElse(""));
    }
    if (from.getFieldRef() != null) {
      return Optional.of(field(from.getFieldRef().getFieldPath()));
    }
    if (from.getSecretKeyRef() != null) {
      var ref = from.getSecretKeyRef();
      return key(secret(ref.getName()), ref.getKey(), ref.getOptional());
    }
    var ref = from.getConfigMapKeyRef();
    return key(configMap(ref.getName()), ref.getKey(), ref.getOptional());
  }

  private static Optional<String> key(Map<String, byte[]> data, String key, Boolean optional) {
    if (!data.containsKey(key) && !Boolean.TRUE.equals(optional)) {
      throw new MissingException("key " + key);
    }
    return Optional.ofNullable(data.get(key)).map(String::new);
  }

  private String field(String path) {
    return switch (path) {
      case "metadata.name" -> pod.getMetadata().getName();
      case "metadata.namespace" -> pod.getMetadata().getNamespace();
      case "metadata.uid" -> pod.getMetadata().getUid();
      case "spec.nodeName" -> pod.getSpec().getNodeName();
      case "spec.serviceAccountName" -> pod.getSpec().getServiceAccountName();
      default -> throw new IllegalStateException("a field that is not played here: " + path);
    };
  }
}
