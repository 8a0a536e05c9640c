// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Asks the system's resolver without the cache of the JDK, and tells what its errors mean. */
public final class UncachedResolver {

  private static final List<String> NO_SUCH_NAME =
      List.of(
          "Name or service not known",
          "No address associated with hostname",
          "Name does not resolve",
          "Name has no usable address",
          "nodename nor servname provided");

  private final SystemResolver resolver;
  private final AtomicInteger spellings = new AtomicInteger();

  UncachedResolver(SystemResolver resolver) {
    this.resolver = resolver;
  }

  /**
   * The addresses of a host. Blocks.
   *
   * @param spelling the name to resolve, which may be the absolute one of the host
   * @throws LookupException if DNS gave no address
   */
  List<InetAddress> resolve(String host, String spelling) throws LookupException {
    try {
      return addresses(host, resolveUncached(spelling));
    } catch (UnknownHostException e) {
      throw classify(host, e);
    }
  }

  /**
   * Bypasses the cache of the JDK, which keeps a failure for 10 s although DNS may have recovered;
   * its setting is read before any code of the operator runs. The message of a cached failure is
   * the name alone. The cache distinguishes upper and lower case, which DNS does not.
   */
  private InetAddress[] resolveUncached(String spelling) throws UnknownHostException {
    try {
      return resolver.resolve(spelling);
    } catch (UnknownHostException e) {
      if (!spelling.equals(e.getMessage())) {
        throw e;
      }
      return resolver.resolve(withMixedCase(spelling, spellings.incrementAndGet()));
    }
  }

  /** The n-th mixture of upper and lower case. */
  private static String withMixedCase(String name, int n) {
    StringBuilder mixed = new StringBuilder(name);
    int bits = n;
    for (int i = 0; i < name.length() && bits != 0; i++) {
      char letter = name.charAt(i);
      if (Character.isLetter(letter)) {
        mixed.setCharAt(
            i, (bits & 1) == 0 ? letter : (char) (letter ^ 0x20)); // the bit of the case in ASCII
        bits >>>= 1;
      }
    }
    return mixed.toString();
  }

  /** The addresses with the requested name instead of the spelling that was resolved. */
  private static List<InetAddress> addresses(String host, InetAddress... found)
      throws UnknownHostException {
    List<InetAddress> addresses = new ArrayList<>();
    for (InetAddress address : found) {
      addresses.add(InetAddress.getByAddress(host, address.getAddress()));
    }
    return List.copyOf(addresses);
  }

  /**
   * Classifies the error of {@code getaddrinfo}, of which the JDK gives the text only. Only these
   * texts mean that DNS answered and has no address: {@code EAI_NONAME} and {@code EAI_NODATA} of
   * glibc, musl and macOS. All others, such as {@code EAI_AGAIN} for SERVFAIL, are failures.
   */
  private static LookupException classify(String host, UnknownHostException e) {
    String text = String.valueOf(e.getMessage());
    return NO_SUCH_NAME.stream().anyMatch(text::contains)
        ? LookupException.unknown(host)
        : LookupException.failed(host);
  }
}
