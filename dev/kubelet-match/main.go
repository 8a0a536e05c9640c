// Which credentials kubelet would try, in which order: kubelet's own code answers.
//
//	kubelet-match config.json IMAGE...   prints a line "IMAGE USERNAME..." for each image; passwords stay unread
package main

import (
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

func main() {
	config, err := os.ReadFile(os.Args[1])
	check(err)
	secret := v1.Secret{Type: v1.SecretTypeDockerConfigJson, Data: map[string][]byte{v1.DockerConfigJsonKey: config}}
	keyring, err := secrets.MakeDockerKeyring([]v1.Secret{secret}, &credentialprovider.BasicDockerKeyring{})
	check(err)
	for _, image := range os.Args[2:] {
		repository, _, _, err := parsers.ParseImageName(image) // as kubelet does: without tag and digest
		check(err)
		fmt.Print(image)
		found, _ := keyring.Lookup(repository)
		for _, credential := range found {
			fmt.Print(" ", credential.Username)
		}
		fmt.Println()
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
