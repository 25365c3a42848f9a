// Go clients against a broker: franz-go and sarama.
//
//	client franz-go HOST:PORT
//	client sarama HOST:PORT
//	client sarama-legacy HOST:PORT
//	client franz-transactions HOST:PORT
//	client franz-member HOST:PORT GROUP TOPIC PROTOCOL
//	client sarama-member HOST:PORT GROUP TOPIC eager
//	client values TOPIC HOST:PORT
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	switch os.Args[1] {
	case "franz-go":
		franz(os.Args[2])
	case "sarama":
		saramaChecks(os.Args[2])
	case "sarama-legacy":
		saramaLegacy(os.Args[2])
	case "franz-transactions":
		franzTransactions(os.Args[2])
	case "franz-member":
		franzMember(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
		return
	case "sarama-member":
		saramaMember(os.Args[2], os.Args[3], os.Args[4])
		return
	case "values":
		values(os.Args[2], os.Args[3])
		return
	default:
		fmt.Fprintln(os.Stderr, "unknown client", os.Args[1])
		os.Exit(2)
	}
	fmt.Println("DONE")
}

// check prints one line in the form that cargo conform reads.
func check(name string, body func() error) {
	err := func() (err error) {
		defer func() {
			if problem := recover(); problem != nil {
				err = fmt.Errorf("panic: %v", problem)
			}
		}()
		return body()
	}()
	if err == nil {
		fmt.Printf("CHECK\t%s\tpassed\t\n", name)
		return
	}
	text := strings.NewReplacer("\n", " ", "\t", " ").Replace(err.Error())
	fmt.Printf("CHECK\t%s\tfailed\t%s\n", name, text)
}

func equal[T comparable](what string, expected, actual T) error {
	if expected != actual {
		return fmt.Errorf("%s: expected %v, got %v", what, expected, actual)
	}
	return nil
}
