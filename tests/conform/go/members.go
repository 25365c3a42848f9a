package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// One member of a group, for the storms that storm.py leads, which also says what the lines mean.

var mouth sync.Mutex

func say(event string, fields ...any) {
	line := fmt.Sprintf("%d\t%s", time.Now().UnixMilli(), event)
	for _, field := range fields {
		line += "\t" + strings.NewReplacer("\n", " ", "\t", " ").Replace(fmt.Sprint(field))
	}
	mouth.Lock()
	defer mouth.Unlock()
	fmt.Println(line)
}

// untilToldToLeave ends when standard input does.
func untilToldToLeave() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx
}

func names(partitions []int32) string {
	partitions = slices.Sorted(slices.Values(partitions))
	words := make([]string, len(partitions))
	for i, partition := range partitions {
		words[i] = fmt.Sprint(partition)
	}
	return strings.Join(words, ",")
}

func franzMember(bootstrap, group, topic, protocol string) {
	leaving := untilToldToLeave()
	generation := func(client *kgo.Client) int32 {
		if protocol == "consumer" {
			return -1 // an epoch that may be older than the assignment
		}
		_, generation := client.GroupMetadata()
		return generation
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(bootstrap), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(6 * time.Second), kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, client *kgo.Client, given map[string][]int32) {
			say("assigned", generation(client), names(given[topic]))
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, taken map[string][]int32) {
			say("revoked", names(taken[topic]))
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
			say("lost", names(lost[topic]))
		}),
	}
	switch protocol {
	case "eager":
		options = append(options, kgo.Balancers(kgo.RangeBalancer()))
	case "cooperative":
		options = append(options, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	case "consumer":
		options = append(options, kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer())
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for leaving.Err() == nil {
		franzPoll(leaving, client)
	}
	client.CloseAllowingRebalance()
	say("left")
}

func franzPoll(leaving context.Context, client *kgo.Client) {
	defer client.AllowRebalance()
	fetches := client.PollRecords(leaving, 100)
	for _, problem := range fetches.Errors() {
		say("note", problem.Err)
	}
	records := fetches.Records()
	if len(records) == 0 {
		return
	}
	next := map[int32]int64{}
	for _, record := range records {
		say("record", record.Partition, record.Offset, string(record.Value))
		next[record.Partition] = record.Offset + 1
	}
	ctx, cancel := patience()
	defer cancel()
	if err := client.CommitRecords(ctx, records...); err != nil {
		say("note", err)
		return
	}
	for partition, offset := range next {
		say("committed", partition, offset)
	}
}

func saramaMember(bootstrap, group, topic string) {
	leaving := untilToldToLeave()
	config := saramaConfig(sarama.MaxVersion)
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyRange()}
	config.Metadata.Retry.Max = 50
	member, err := sarama.NewConsumerGroup([]string{bootstrap}, group, config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		for problem := range member.Errors() {
			say("note", problem)
		}
	}()
	for leaving.Err() == nil {
		if err := member.Consume(leaving, []string{topic}, saramaHandler{topic}); err != nil {
			say("note", err)
			time.Sleep(100 * time.Millisecond)
		}
	}
	member.Close()
	say("left")
}

type saramaHandler struct{ topic string }

func (h saramaHandler) Setup(session sarama.ConsumerGroupSession) error {
	say("assigned", session.GenerationID(), names(session.Claims()[h.topic]))
	return nil
}

// Cleanup runs when all claims are done with, before the member joins again.
func (h saramaHandler) Cleanup(session sarama.ConsumerGroupSession) error {
	say("revoked", names(session.Claims()[h.topic]))
	return nil
}

// ConsumeClaim commits what it has read of its partition. sarama reports a refused commit elsewhere, so nothing is
// said to be committed.
func (h saramaHandler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			say("record", message.Partition, message.Offset, string(message.Value))
			session.MarkMessage(message, "")
			if len(claim.Messages()) == 0 {
				session.Commit()
			}
		case <-session.Context().Done():
			return nil
		}
	}
}
