// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.cloud.tools.jib.api.CacheDirectoryCreationException;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.LogEvent;
import com.google.cloud.tools.jib.api.RegistryException;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.TarImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Pulls an image as a node does: with the registry client of Jib and the credentials that kubelet
 * selects from a pull Secret.
 */
public final class ImagePull {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DIGEST_LOG = "Using base image with digest: ";

  /**
   * The result of a pull.
   *
   * @param digest of the manifest
   * @param configKey the docker config entry that was accepted; empty = no credentials were needed
   */
  public record Pulled(String digest, String configKey) {}

  /** A docker config entry that fits an image. */
  record Login(String key, String username, String password) {

    @Override
    public String toString() {
      return "Login[" + key + "]";
    }
  }

  private ImagePull() {}

  /**
   * Pulls manifest, configuration and layers.
   *
   * @param reference {@code host:port/repository:tag}
   * @param dockerConfigJson the value of {@code .dockerconfigjson}
   * @throws RegistryException Jib's own, such as {@code RegistryUnauthorizedException}
   */
  public static Pulled pull(String reference, byte[] dockerConfigJson)
      throws IOException,
          InterruptedException,
          InvalidImageReferenceException,
          CacheDirectoryCreationException,
          ExecutionException,
          RegistryException {
    var logins = logins(reference, dockerConfigJson);
    if (logins.isEmpty()) {
      return new Pulled(pull(reference, (Login) null), "");
    }
    // kubelet tries all entries that fit, one after the other
    RegistryException last = null;
    for (var login : logins) {
      try {
        return new Pulled(pull(reference, login), login.key());
      } catch (RegistryException e) {
        last = e;
      }
    }
    throw last;
  }

  private static String pull(String reference, Login login)
      throws IOException,
          InterruptedException,
          InvalidImageReferenceException,
          CacheDirectoryCreationException,
          ExecutionException,
          RegistryException {
    // Jib sends credentials over plain HTTP only if configured; the registries are on loopback.
    System.setProperty("sendCredentialsOverHttp", "true");
    var image = RegistryImage.named(reference);
    if (login != null) {
      image.addCredential(login.username(), login.password());
    }
    var directory = Files.createTempDirectory("image-pull");
    var digest = new AtomicReference<String>();
    try {
      Jib.from(image)
          .containerize(
              Containerizer.to(TarImage.at(directory.resolve("image.tar")).named("pulled"))
                  .setAllowInsecureRegistries(true)
                  .setBaseImageLayersCache(directory.resolve("base"))
                  .setApplicationLayersCache(directory.resolve("layers"))
                  .addEventHandler(LogEvent.class, event -> rememberDigest(event, digest)));
      return digest.get();
    } finally {
      delete(directory);
    }
  }

  private static void rememberDigest(LogEvent event, AtomicReference<String> digest) {
    if (event.getMessage().startsWith(DIGEST_LOG)) {
      digest.set(event.getMessage().substring(DIGEST_LOG.length()));
    }
  }

  /**
   * The entries that fit, the longest first. kubelet (pkg/credentialprovider/keyring.go) compares
   * the host with its port exactly (no glob here) and takes the path as a plain prefix.
   */
  static List<Login> logins(String reference, byte[] dockerConfigJson) throws IOException {
    var logins = new ArrayList<Login>();
    for (var entry : JSON.readTree(dockerConfigJson).path("auths").properties()) {
      var key = entry.getKey().replaceFirst("^https?://", "").replaceFirst("/v[12]/?$", "");
      var slash = key.indexOf('/');
      var fits = slash < 0 ? reference.startsWith(key + "/") : reference.startsWith(key);
      if (fits) {
        logins.add(login(entry.getKey(), entry.getValue()));
      }
    }
    logins.sort(Comparator.comparing(Login::key).reversed());
    return logins;
  }

  /** {@code auth} wins over username and password; it is split at the first colon. */
  private static Login login(String key, JsonNode entry) {
    var auth = entry.path("auth").asText();
    if (auth.isEmpty()) {
      return new Login(key, entry.path("username").asText(), entry.path("password").asText());
    }
    var pair = new String(Base64.getDecoder().decode(auth), UTF_8).split(":", 2);
    return new Login(key, pair[0], pair[1]);
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
