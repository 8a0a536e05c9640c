// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageNameTest {

  @ParameterizedTest
  @CsvSource({
    "nginx, docker.io, nginx",
    "library/nginx:1.27, docker.io, library/nginx",
    "img.example.cn/a/b:1, img.example.cn, a/b",
    "localhost/a, localhost, a",
    "10.0.0.1:5000/a@sha256:abc, 10.0.0.1:5000, a",
    "x-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001/a/b:c,"
        + " x-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001, a/b"
  })
  void readsHostAndPath(String reference, String host, String path) {
    assertThat(ImageName.parse(reference)).isEqualTo(new ImageName(host, path));
  }

  /** As measured on kubelet; see also KubeletMatchIT. */
  @ParameterizedTest
  @CsvSource({
    "img.example.cn, true",
    "img.example.cn/, true",
    "img.example.cn/team-b/, true",
    "img.example.cn/team-b, true",
    "img.example.cn/team, true", // a prefix of characters, not of names
    "img.example.cn/team/, false",
    "img.example.cn/team-bc/, false",
    "img.example.cn:443, false",
    "IMG.example.cn, false",
    "example.cn, false"
  })
  void matchesKeysAsKubeletDoes(String key, boolean matches) {
    assertThat(ImageName.parse("img.example.cn/team-b/app:1").isServedBy(key)).isEqualTo(matches);
  }
}
