package dev.penstock.volumes.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VolumeSizeTest {
  @ParameterizedTest(name = "{0} bytes: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          512                 | ''
          1024                | ''
          4096                | ''
          1073742336          | ''
          9223372036854775296 | ''
          0                   | a volume has at least 512 bytes, not 0
          -512                | a volume has at least 512 bytes, not -512
          1                   | a volume's size is a multiple of 512 bytes, and 1 is not: take 512
          513                 | a volume's size is a multiple of 512 bytes, and 513 is not: take 1024
          9223372036854775807 | a volume's size is a multiple of 512 bytes, and 9223372036854775807 is not: take 9223372036854775296
          """)
  void sizesAreWholeSectors(long sizeBytes, String objection) {
    assertThat(VolumeSize.objection(sizeBytes).orElse("")).isEqualTo(objection);
  }
}
