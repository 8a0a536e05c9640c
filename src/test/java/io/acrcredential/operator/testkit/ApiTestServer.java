// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.testkit.KubeCluster.Running;
import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * fabric8's kube-api-test, which downloads its binaries: the second choice, for machines with a
 * network and without Go.
 */
final class ApiTestServer {

  /** Cached, so that only the first test waits for a missing network. */
  private static UnavailableException failure;

  private ApiTestServer() {}

  static final class UnavailableException extends Exception {
    private static final long serialVersionUID = 1;

    UnavailableException(Throwable cause) {
      super("kube-api-test did not start: " + cause, cause);
    }
  }

  static synchronized Running start(Path folder) throws UnavailableException {
    if (failure != null) {
      throw failure;
    }
    try {
      return tryToStart(folder);
    } catch (UnavailableException e) {
      failure = e;
      throw e;
    }
  }

  private static Running tryToStart(Path folder) throws UnavailableException {
    System.err.println(
        "KubeCluster: trying fabric8's kube-api-test, which downloads kube-apiserver (2 minutes at"
            + " most)");
    KubeAPIServer server =
        new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig().build());
    try {
      // A network that drops packets would block it forever.
      CompletableFuture.runAsync(server::start, task -> daemon(task).start())
          .get(2, TimeUnit.MINUTES);
      Path kubeconfig = Files.writeString(folder.resolve("kubeconfig"), server.getKubeConfigYaml());
      return new Running(
          KubeCluster.Kind.API_TEST,
          "kube-apiserver and etcd, downloaded by fabric8's kube-api-test, without controllers."
              + " For the whole control plane: Go 1.26 on the PATH, then dev/cluster build",
          kubeconfig,
          kubeconfig,
          null,
          server::stop);
    } catch (ExecutionException e) {
      throw new UnavailableException(e.getCause());
    } catch (TimeoutException | IOException e) {
      throw new UnavailableException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException(e);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "kube-api-test");
    thread.setDaemon(true);
    return thread;
  }
}
