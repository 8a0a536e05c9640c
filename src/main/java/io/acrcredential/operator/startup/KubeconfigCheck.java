// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.StartException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * Checks that the kubeconfig can be read, before the Kubernetes client does: that would ignore a
 * missing file, and quote the text of one that it cannot parse.
 */
public final class KubeconfigCheck {

  private KubeconfigCheck() {}

  /**
   * @param variable {@code KUBECONFIG}; null = not set
   * @throws StartException naming the file
   */
  public static void run(String variable) {
    if (variable != null && !variable.isBlank()) {
      check(Config.getKubeconfigFilenames());
    }
  }

  /** As kubectl does, files of a list that do not exist are ignored. */
  static void check(Collection<String> names) {
    List<Path> files = names.stream().map(Path::of).filter(Files::exists).toList();
    if (files.isEmpty()) {
      throw new StartException(
          "KUBECONFIG is \""
              + String.join(":", names)
              + "\", but there is no such file: correct it, or unset it to use the ServiceAccount of"
              + " the pod");
    }
    files.forEach(KubeconfigCheck::check);
  }

  private static void check(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (MalformedInputException e) {
      throw unusable(file, "is not UTF-8: save it as UTF-8");
    } catch (IOException e) {
      throw unusable(file, "cannot be read: check its type and permissions");
    }
    if (text.isBlank()) {
      throw unusable(file, "is empty: write it again with kubectl config view --raw");
    }
    try {
      KubeConfigUtils.parseConfig(file.toFile());
    } catch (RuntimeException e) { // quotes the text, which contains credentials
      throw unusable(
          file,
          text.stripLeading().startsWith("{")
              ? "is neither JSON nor YAML in block style: write a line --- above its first line, or"
                  + " convert it with kubectl config view --raw"
              : "is not valid YAML: correct it, or write it again with kubectl config view --raw");
    }
  }

  private static StartException unusable(Path file, String problem) {
    return new StartException("The kubeconfig " + file + " " + problem);
  }
}
