// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.testkit.http.LoopbackServer;
import io.acrcredential.operator.testkit.http.LoopbackServer.Request;
import io.acrcredential.operator.testkit.http.LoopbackServer.Response;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.SimToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * A Docker Registry v2 on loopback, for pulls only, behind the Docker token protocol ("Token
 * authentication specification"). It gives a bearer to nobody but the bearer of a password that the
 * simulator issued for this instance and that has not expired. It holds {@code team/app:1}, and
 * keeps a log of the requests.
 */
public final class TokenRegistry implements AutoCloseable {

  private static final int BEARER_SECONDS = 60;
  private static final Pattern CONTENT =
      Pattern.compile("/v2/(.+)/(manifests|blobs)/([A-Za-z0-9_.:-]+)");
  private static final Pattern SCOPE = Pattern.compile("repository:(.+):([a-z,*]+)");

  /**
   * A request and its answer.
   *
   * @param credential what its token was issued for: the one that it sends to get a bearer, or that
   *     its bearer was got with; empty = it has none, or none that is valid
   * @param authorized whether it sends any credential
   */
  public record Exchange(
      String method, String path, int status, boolean authorized, Optional<SimToken> credential) {

    @Override
    public String toString() {
      var whose =
          credential
              .map(token -> "account " + token.accountUid() + " " + token.instanceId())
              .orElse(authorized ? "refused" : "anonymous");
      return "%s %s %d (%s)".formatted(method, path, status, whose.strip());
    }
  }

  private record Image(TinyImage content, Optional<String> owner) {}

  private record Bearer(Set<String> repositories, Instant expiresAt, SimToken token) {}

  private final AcrSimulator simulator;
  private final String region;
  private final String instanceId;
  private final Map<String, Map<String, Image>> repositories = new ConcurrentHashMap<>();
  private final Map<String, Bearer> bearers = new ConcurrentHashMap<>();
  private final AtomicInteger pulls = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();
  private final LoopbackServer server;
  private volatile Optional<byte[]> program = Optional.empty();
  private volatile boolean reachable = true;

  private TokenRegistry(AcrSimulator simulator, String region, String instanceId, int port) {
    this.simulator = simulator;
    this.region = region;
    this.instanceId = instanceId;
    addImage("team/app", "1");
    server = LoopbackServer.start(port, this::handle);
  }

  /** The registry of an Enterprise Edition or new-style Personal instance of the simulator. */
  public static TokenRegistry start(AcrSimulator simulator, String instanceId) {
    return start(simulator, instanceId, 0);
  }

  public static TokenRegistry start(AcrSimulator simulator, String instanceId, int port) {
    return new TokenRegistry(simulator, simulator.regionOf(instanceId), instanceId, port);
  }

  /** The registry that all accounts' Personal Editions of a region share. */
  public static TokenRegistry startPersonal(AcrSimulator simulator, String region) {
    return new TokenRegistry(simulator, region, "", 0);
  }

  /** {@code 127.0.0.1:PORT}, as in image references, docker config keys and ACR domains. */
  public String host() {
    return server.authority();
  }

  public String reference(String repository, String tag) {
    return host() + "/" + repository + ":" + tag;
  }

  /** Images that are added from now on run this statically linked program. */
  public TokenRegistry running(Path executable) {
    try {
      program = Optional.of(Files.readAllBytes(executable));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds an image that every token of this registry may pull. */
  public TokenRegistry addImage(String repository, String tag) {
    return put(repository, tag, Optional.empty());
  }

  /** Adds an image that only this account's tokens may pull, as in the Personal Edition. */
  public TokenRegistry addImage(String repository, String tag, String accountUid) {
    return put(repository, tag, Optional.of(accountUid));
  }

  private TokenRegistry put(String repository, String tag, Optional<String> owner) {
    repositories
        .computeIfAbsent(repository, name -> new ConcurrentHashMap<>())
        .put(tag, new Image(new TinyImage(repository + ":" + tag, program), owner));
    return this;
  }

  /** The manifest's digest. */
  public String digest(String repository, String tag) {
    return repositories.get(repository).get(tag).content().digest;
  }

  /** How many manifests were handed out. */
  public int pulls() {
    return pulls.get();
  }

  /** How many requests carried credentials, basic or bearer, that were refused. */
  public int refusals() {
    return refusals.get();
  }

  /** The requests since the start or {@link #forgetExchanges()}, in the order of their answers. */
  public List<Exchange> exchanges() {
    return List.copyOf(exchanges);
  }

  public void forgetExchanges() {
    exchanges.clear();
  }

  /** Whether it answers; else it closes connections, and logs nothing. */
  public void reachable(boolean answers) {
    reachable = answers;
  }

  private Optional<Response> handle(Request request) {
    if (!reachable) {
      return Optional.empty();
    }
    var response = respond(request);
    response.ifPresent(
        answer ->
            exchanges.add(
                new Exchange(
                    request.method(),
                    URI.create(request.target()).getPath(),
                    answer.status(),
                    request.headers().containsKey("authorization"),
                    credential(request))));
    return response;
  }

  private Optional<SimToken> credential(Request request) {
    var authorization = request.headers().getOrDefault("authorization", "");
    return basicToken(authorization).or(() -> bearer(authorization).map(Bearer::token));
  }

  private Optional<Bearer> bearer(String authorization) {
    return Optional.of(authorization)
        .filter(value -> value.startsWith("Bearer "))
        .map(value -> bearers.get(value.substring("Bearer ".length())))
        .filter(known -> simulator.now().isBefore(known.expiresAt()));
  }

  private Optional<Response> respond(Request request) {
    var path = URI.create(request.target()).getPath();
    var content = CONTENT.matcher(path);
    if (!Set.of("GET", "HEAD").contains(request.method())) {
      return error(405, "UNSUPPORTED", "The operation is unsupported.", Map.of());
    }
    if (path.equals("/auth")) {
      return authenticate(request);
    }
    if (content.matches()) {
      return challenge(request, content.group(1))
          .or(() -> serve(content.group(1), content.group(2), content.group(3)));
    }
    if (path.equals("/v2/") || path.equals("/v2")) {
      return challenge(request, "").or(() -> answer("application/json", "{}".getBytes(UTF_8)));
    }
    return error(404, "NOT_FOUND", "not found", Map.of());
  }

  /** Gives a bearer for those of the wanted repositories that the token's account may pull. */
  private Optional<Response> authenticate(Request request) {
    var token = basicToken(request.headers().getOrDefault("authorization", ""));
    if (token.isEmpty()) {
      countRefusal(request);
      return error(401, "UNAUTHORIZED", "authentication required", Map.of());
    }
    var granted = new HashSet<String>();
    var query = URI.create(request.target()).getRawQuery();
    for (var parameter : (query == null ? "" : query).split("&")) {
      if (parameter.startsWith("scope=")) {
        var scopes = URLDecoder.decode(parameter.substring("scope=".length()), UTF_8);
        for (var scope : scopes.split(" ")) {
          var parsed = SCOPE.matcher(scope);
          if (parsed.matches()
              && Arrays.asList(parsed.group(2).split(",")).contains("pull")
              && mayPull(token.get(), parsed.group(1))) {
            granted.add(parsed.group(1));
          }
        }
      }
    }
    var bearer = UUID.randomUUID().toString();
    var expiresAt = simulator.now().plusSeconds(BEARER_SECONDS);
    bearers.put(bearer, new Bearer(granted, expiresAt, token.get()));
    var answer = "{\"token\":\"%1$s\",\"access_token\":\"%1$s\",\"expires_in\":%2$d}";
    var body = String.format(answer, bearer, BEARER_SECONDS).getBytes(UTF_8);
    return answer("application/json", body);
  }

  /** RFC 7617: the user name ends at the first colon; the password has colons of its own. */
  private Optional<SimToken> basicToken(String authorization) {
    if (!authorization.startsWith("Basic ")) {
      return Optional.empty();
    }
    String[] pair;
    try {
      var encoded = authorization.substring("Basic ".length());
      pair = new String(Base64.getDecoder().decode(encoded), UTF_8).split(":", 2);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return pair.length < 2
        ? Optional.empty()
        : simulator
            .token(pair[0], pair[1])
            .filter(token -> simulator.tokenValid(pair[0], pair[1], instanceId))
            .filter(token -> token.region().equals(region));
  }

  private boolean mayPull(SimToken token, String repository) {
    return simulator.allows(token.accountUid(), "cr:PullRepository")
        && repositories.getOrDefault(repository, Map.of()).values().stream()
            .allMatch(image -> image.owner().map(token.accountUid()::equals).orElse(true));
  }

  /** Empty if the bearer opens the repository (or, for "", the registry), else the challenge. */
  private Optional<Response> challenge(Request request, String repository) {
    var bearer = bearer(request.headers().getOrDefault("authorization", ""));
    if (bearer.isPresent()
        && (repository.isEmpty() || bearer.get().repositories().contains(repository))) {
      return Optional.empty();
    }
    countRefusal(request);
    var challenge =
        String.format("Bearer realm=\"http://%s/auth\",service=\"%s\"", host(), service());
    if (!repository.isEmpty()) {
      challenge += ",scope=\"repository:" + repository + ":pull\"";
    }
    if (bearer.isPresent()) {
      challenge += ",error=\"insufficient_scope\"";
    }
    return error(
        401, "UNAUTHORIZED", "authentication required", Map.of("WWW-Authenticate", challenge));
  }

  private void countRefusal(Request request) {
    if (request.headers().containsKey("authorization")) {
      refusals.incrementAndGet();
    }
  }

  /** As ACR's registries name themselves (Harbor, aliacr adapter, parseRegistryService). */
  private String service() {
    return "registry.aliyuncs.com:"
        + region
        + (instanceId.isEmpty() ? ":26842" : ":china:" + instanceId);
  }

  private Optional<Response> serve(String repository, String kind, String reference) {
    var images = repositories.getOrDefault(repository, Map.of());
    return kind.equals("blobs") ? blob(images, reference) : manifest(images, reference);
  }

  private static Optional<Response> blob(Map<String, Image> images, String digest) {
    return images.values().stream()
        .map(image -> image.content().blobs.get(digest))
        .filter(Objects::nonNull)
        .findFirst()
        .flatMap(blob -> answer("application/octet-stream", blob))
        .or(() -> error(404, "BLOB_UNKNOWN", "blob unknown to registry", Map.of()));
  }

  private Optional<Response> manifest(Map<String, Image> images, String reference) {
    var image = Optional.ofNullable(images.get(reference)).map(Image::content);
    var found =
        image.or(
            () ->
                images.values().stream()
                    .map(Image::content)
                    .filter(content -> content.digest.equals(reference))
                    .findFirst());
    if (found.isEmpty()) {
      return error(404, "MANIFEST_UNKNOWN", "manifest unknown", Map.of());
    }
    pulls.incrementAndGet();
    var headers =
        Map.of(
            "Content-Type", TinyImage.MANIFEST_TYPE, "Docker-Content-Digest", found.get().digest);
    return Optional.of(new Response(200, headers, found.get().manifest));
  }

  private static Optional<Response> answer(String type, byte[] body) {
    return Optional.of(new Response(200, Map.of("Content-Type", type), body));
  }

  private static Optional<Response> error(
      int status, String code, String message, Map<String, String> extraHeaders) {
    var headers = new TreeMap<>(extraHeaders);
    headers.put("Content-Type", "application/json");
    var body = "{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\",\"detail\":null}]}";
    var bytes = String.format(body, code, message).getBytes(UTF_8);
    return Optional.of(new Response(status, headers, bytes));
  }

  @Override
  public void close() {
    server.close();
  }
}
