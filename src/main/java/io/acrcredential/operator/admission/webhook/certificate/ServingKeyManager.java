// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook.certificate;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Gives every TLS handshake the current certificate. {@code HttpServer.updateSSLOptions} of Vert.x
 * closes the connections that arrive while it works. Thread-safe.
 */
public final class ServingKeyManager extends X509ExtendedKeyManager {

  /** A handshake that has begun with the previous certificate ends with it. */
  private static final int KEPT = 2;

  private record Pair(PrivateKey key, X509Certificate... chain) {}

  private final Map<String, Pair> pairs =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pair> eldest) {
          return size() > KEPT;
        }
      };

  private String current;

  /**
   * Uses this certificate from now on.
   *
   * @throws GeneralSecurityException if its key cannot be read
   */
  public synchronized void use(ServingCertificate serving) throws GeneralSecurityException {
    Pair pair = new Pair(Pem.privateKey(serving.key().reveal()), serving.certificate());
    current = serving.certificate().getSerialNumber().toString();
    pairs.put(current, pair);
  }

  @Override
  public synchronized String chooseEngineServerAlias(
      String keyType, Principal[] issuers, SSLEngine engine) {
    return current != null && keyType.equals("EC") ? current : null;
  }

  @Override
  public synchronized X509Certificate[] getCertificateChain(String alias) {
    Pair pair = pairs.get(alias);
    return pair == null ? null : pair.chain();
  }

  @Override
  public synchronized PrivateKey getPrivateKey(String alias) {
    Pair pair = pairs.get(alias);
    return pair == null ? null : pair.key();
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return chooseEngineServerAlias(keyType, issuers, null);
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    String alias = chooseEngineServerAlias(keyType, issuers, null);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return null;
  }

  @Override
  public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
    return null;
  }
}
