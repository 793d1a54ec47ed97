package temporalserver

import (
	"cmp"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqlite "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"

	"countersign/dev/port"
)

const clusterName = "active"

// staticConfig returns the server's configuration: one shard, one database for all
// services, and listeners on the loopback interface only.
func staticConfig(database *config.SQL, ports map[primitives.ServiceName]int) *config.Config {
	frontend := port.Address(ports[primitives.FrontendService])
	services := map[string]config.Service{}
	for name, number := range ports {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: number, BindOnIP: port.Loopback}}
	}
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: port.Loopback},
		},
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: database}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		PublicClient:        config.PublicClient{HostPort: frontend},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
		}},
	}
}

// hosts returns the addresses of the services, which replace the discovery by gossip.
func hosts(ports map[primitives.ServiceName]int) map[primitives.ServiceName]static.Hosts {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name, number := range ports {
		hosts[name] = static.SingleLocalHost(port.Address(number))
	}
	return hosts
}

// dynamicConfig returns the settings that differ from the defaults of a cluster.
func dynamicConfig(o Options) dynamicconfig.StaticClient {
	partitions, polls := cmp.Or(o.Partitions, 1), cmp.Or(o.PollsPerSecond, 1000)
	var suggestions []dynamicconfig.ConstrainedValue
	for namespace, events := range o.SuggestContinueAsNew {
		suggestions = append(suggestions, dynamicconfig.ConstrainedValue{Constraints: dynamicconfig.Constraints{Namespace: namespace}, Value: events})
	}
	return dynamicconfig.StaticClient{
		dynamicconfig.HistoryCountSuggestContinueAsNew.Key(): suggestions,
		// On one node, more partitions only make a task wait for its poller.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  partitions,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): partitions,
		// The default is meant for hundreds of shards. With one shard, every task would
		// wait up to 50 ms for the next poll.
		dynamicconfig.TransferProcessorMaxPollRPS.Key():   polls,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():      polls,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): polls,
		// The default limits protect a shared database.
		dynamicconfig.FrontendPersistenceMaxQPS.Key(): 100_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():  100_000,
		// Makes a search attribute usable as soon as it is added.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		// A queue dispatches the waiting tasks of the offices in turn.
		dynamicconfig.MatchingEnableFairness.Key(): true,
		// Package clock needs time skipping.
		dynamicconfig.WorkflowTimeSkippingEnabled.Key(): true,
	}
}
