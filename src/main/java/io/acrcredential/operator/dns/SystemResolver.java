// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The system's resolver, which blocks until it has an answer. */
@FunctionalInterface
interface SystemResolver {
  InetAddress[] resolve(String name) throws UnknownHostException;
}
