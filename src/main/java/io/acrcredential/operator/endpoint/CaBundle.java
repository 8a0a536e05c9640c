// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.SanitizedMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jboss.logging.Logger;

/**
 * Trusts the CA certificates (PEM) in a file. The file is read for each handshake, so that a CA
 * that was replaced is trusted without a restart. While the file is missing or broken, the
 * certificates that were read last stay in use.
 */
public final class CaBundle extends X509ExtendedTrustManager {

  private static final Logger LOG = Logger.getLogger(CaBundle.class);
  private static final String SETTING = "ACR_CA_BUNDLE";

  /** The text between the blocks of a bundle is comment. */
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]*)-----END CERTIFICATE-----");

  private final Path file;

  private byte[] content;
  private X509ExtendedTrustManager trusted;
  private String reportedProblem = "";

  /** The file can't be used; the message is one sentence that names it. */
  private static final class UnusableFileException extends CertificateException
      implements SanitizedMessage {

    private static final long serialVersionUID = 1L;

    UnusableFileException(String message) {
      super(message);
    }
  }

  CaBundle(Path file) {
    this.file = file;
  }

  /**
   * Reads the file.
   *
   * @throws StartException naming the file and its problem, in one sentence
   */
  public static void requireValid(String file) {
    try {
      new CaBundle(Path.of(file)).read();
    } catch (UnusableFileException e) {
      throw new StartException(e.getMessage());
    } catch (InvalidPathException e) {
      throw new StartException(SETTING + " is not the name of a file");
    }
  }

  private synchronized X509ExtendedTrustManager trusted() throws UnusableFileException {
    try {
      read();
      reportedProblem = "";
    } catch (UnusableFileException e) {
      if (trusted == null) {
        throw e;
      }
      if (!reportedProblem.equals(e.getMessage())) {
        reportedProblem = e.getMessage();
        LOG.warnf("%s: the certificates that were read last stay in use", reportedProblem);
      }
    }
    return trusted;
  }

  private void read() throws UnusableFileException {
    byte[] found;
    try {
      found = Files.readAllBytes(file);
    } catch (IOException e) {
      throw unusable("can't be read: " + ExceptionText.of(e));
    }
    if (Arrays.equals(found, content)) {
      return;
    }
    X509ExtendedTrustManager parsed = parse(found);
    if (content != null) {
      LOG.infof("The CA bundle %s has changed: its certificates are trusted from now on", file);
    }
    content = found;
    trusted = parsed;
  }

  private X509ExtendedTrustManager parse(byte[] pem) throws UnusableFileException {
    try {
      KeyStore certificates = KeyStore.getInstance(KeyStore.getDefaultType());
      certificates.load(null, null);
      Matcher block = CERTIFICATE.matcher(new String(pem, ISO_8859_1));
      while (block.find()) {
        certificates.setCertificateEntry(
            String.valueOf(block.start()),
            CertificateFactory.getInstance("X.509")
                .generateCertificate(
                    new ByteArrayInputStream(Base64.getMimeDecoder().decode(block.group(1)))));
      }
      if (certificates.size() == 0) {
        throw unusable("holds no certificate in PEM format");
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(certificates);
      return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    } catch (UnusableFileException e) {
      throw e;
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw unusable("holds a certificate that can't be parsed");
    }
  }

  private UnusableFileException unusable(String problem) {
    return new UnusableFileException("The CA bundle " + file + " (" + SETTING + ") " + problem);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trusted().checkServerTrusted(chain, type, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trusted().checkServerTrusted(chain, type, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trusted().checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trusted().checkClientTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trusted().checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trusted().checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
