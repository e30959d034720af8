"""The live board: a poller (hub), its payload, a streaming route and the component that draws."""
