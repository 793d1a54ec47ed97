package engine

import (
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqlite "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

const clusterName = "active"

// settings is the server's configuration: one shard, one store for all, and
// nothing that listens beyond the loopback interface.
func settings(store *config.SQL, ports map[primitives.ServiceName]int) *config.Config {
	frontend := address(ports[primitives.FrontendService])
	services := map[string]config.Service{}
	for name, port := range ports {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}
	}
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback},
		},
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: store}},
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

// hosts tells the services where each other is, so that they need not gossip.
func hosts(ports map[primitives.ServiceName]int) map[primitives.ServiceName]static.Hosts {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name, port := range ports {
		hosts[name] = static.SingleLocalHost(address(port))
	}
	return hosts
}

// dynamic is what differs from a cluster's defaults.
func dynamic(partitions, polls int) dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// One node: more partitions only make a task wait for its poller.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  partitions,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): partitions,
		// A cluster has hundreds of shards to look at; here each task of everybody's
		// would wait for the next look at this one, 50 ms apart.
		dynamicconfig.TransferProcessorMaxPollRPS.Key():   polls,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():      polls,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): polls,
		// One file: the limits protect a shared database.
		dynamicconfig.FrontendPersistenceMaxQPS.Key(): 100_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():  100_000,
		// A search attribute is good as soon as it has been added.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		// Package clock.
		dynamicconfig.WorkflowTimeSkippingEnabled.Key(): true,
	}
}
