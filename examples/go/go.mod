module epsilon.example/plugin

go 1.21
